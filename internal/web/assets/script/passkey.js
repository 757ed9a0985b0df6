// Makes and uses passkeys: fetches what the server asks, lets the browser answer, and
// sends the answer as the form that it is in. Without it the form explains itself.
;(function () {
  'use strict'
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')

  // options turns what the server asks into what browsers take.
  function options(asked) {
    asked.challenge = bytes(asked.challenge)
    if (asked.user) asked.user.id = bytes(asked.user.id)
    for (const list of [asked.excludeCredentials, asked.allowCredentials]) {
      for (const one of list || []) one.id = bytes(one.id)
    }
    return asked
  }

  // answer is what the browser says, as the server reads it.
  function answer(key) {
    const response = {}
    for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
      if (key.response[name]) response[name] = text(key.response[name])
    }
    if (key.response.getTransports) response.transports = key.response.getTransports()
    return { id: key.id, rawId: text(key.rawId), type: key.type, response, clientExtensionResults: key.getClientExtensionResults() }
  }

  for (const form of document.querySelectorAll('form[data-passkey]')) {
    if (!window.PublicKeyCredential || location.origin !== form.dataset.origin) continue
    form.addEventListener('submit', async function (event) {
      if (form.elements.answer.value) return
      event.preventDefault()
      try {
        const asked = await (await fetch(form.dataset.passkey, { method: 'POST' })).json()
        const key = form.dataset.make === 'yes'
          ? await navigator.credentials.create({ publicKey: options(asked.options) })
          : await navigator.credentials.get({ publicKey: options(asked.options) })
        form.elements.ticket.value = asked.ticket
        form.elements.answer.value = JSON.stringify(answer(key))
      } catch {
        form.elements.ticket.value = 'none'
      }
      form.submit()
    })
  }
})()
