// Keeps an open page true: listens to the server, which judges every second whether
// what the page shows still stands. When it does not, the words go at once and the
// page is asked for anew. Nothing on any page needs this.
;(function () {
  'use strict'
  const address = document.currentScript.dataset.live
  if (!address || !window.EventSource) return
  let source = null
  let typed = false
  document.addEventListener('input', function () { typed = true })

  // Whoever types would lose their words, and whoever goes by keyboard their place.
  function busy() {
    return typed || (document.activeElement && document.activeElement !== document.body)
  }

  function stop() {
    if (source) source.close()
    source = null
  }

  function start() {
    if (source || document.visibilityState === 'hidden') return
    source = new EventSource(address)
    // What was shown may not be shown any more.
    for (const turn of ['gone', 'less']) source.addEventListener(turn, function () {
      stop()
      for (const part of document.querySelectorAll('main, .one-whose')) part.replaceChildren()
      document.title = ''
      location.reload()
    })
    // There is more than before, which waits for whoever is in the middle of something.
    source.addEventListener('more', function () {
      if (busy()) return
      stop()
      location.reload()
    })
    source.addEventListener('full', stop)
  }

  // A page that nobody sees holds no connection; seen again, it asks first.
  document.addEventListener('visibilitychange', function () {
    if (document.visibilityState === 'hidden') stop()
    else start()
  })
  window.addEventListener('pagehide', stop)
  window.addEventListener('pageshow', start)
  start()
})()
