// Says before a session ends that it will, and keeps what was typed for when its owner
// is back. Asking how long is left is no use of the session; the button is.
;(function () {
  'use strict'
  const dialog = document.getElementById('idle')
  const here = location.pathname + location.search
  let form = null // in which somebody last typed
  document.addEventListener('input', function (event) { form = event.target.form })

  const fields = (from) => [...from.elements].filter((e) => e.name && !['hidden', 'password', 'file', 'submit', 'button'].includes(e.type))

  // typed is what a form has in it, less what the server put there itself.
  function typed() {
    const out = new URLSearchParams()
    for (const e of form ? fields(form) : []) {
      if ((e.type !== 'checkbox' && e.type !== 'radio') || e.checked) out.append(e.name, e.value)
    }
    return out
  }

  async function fill() {
    if (location.hash !== '#kept') return
    const kept = await (await fetch('/kept/fields?at=' + encodeURIComponent(here))).json()
    for (const to of document.querySelectorAll('main form')) {
      for (const e of fields(to)) {
        const values = kept[e.name]
        if (!values) continue
        if (e.type === 'checkbox' || e.type === 'radio') e.checked = values.includes(e.value)
        else e.value = values[0]
        form = to
      }
    }
  }

  async function look() {
    let left = 0
    let warn = 120
    try {
      const said = await fetch('/idle')
      if (said.ok) ({ left, warn } = await said.json())
    } catch {
      return setTimeout(look, 20000) // no network: nothing can be said, nor lost
    }
    if (left <= 0) return location.reload() // the server says that they are out
    if (left > warn) {
      if (dialog.open) dialog.close()
      return setTimeout(look, (left - warn) * 1000 + 500)
    }
    if (!dialog.open) dialog.showModal()
    // Just before the end, while the server still knows whose words these are.
    if (left <= 15) {
      const words = typed()
      if ([...words.keys()].length) await fetch('/kept?at=' + encodeURIComponent(here), { method: 'POST', body: words }).catch(() => {})
    }
    setTimeout(look, (left > 15 ? left - 14 : left + 1) * 1000)
  }

  if (!dialog || !dialog.showModal) return
  dialog.addEventListener('submit', async function (event) {
    event.preventDefault()
    await fetch('/stay', { method: 'POST' }).catch(() => {})
    dialog.close()
  })
  fill()
  setTimeout(look, Number(dialog.dataset.after) * 1000)
})()
