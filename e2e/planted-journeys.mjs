// Shows that a journey can fail: a good one passes in every way, and one with a planted
// fault fails on just that.
import { createServer } from 'node:http'
import { read, walk, ways } from './journeys.mjs'
import { launch } from './lib.mjs'

const journey = (name, ceiling = '3 pages, 3 clicks') => `journey ${name}, ${ceiling}: a way through
as nobody
open /${name}/
follow On
choose Yes
type Why = because
press Send
expect Sent: yes, because
`

const css = 'a:focus,input:focus,button:focus{outline:3px solid}'

// Each fault changes the good pages in one way, and names the rule that must fail.
const faults = {
  ceiling: { journey: journey('ceiling', '3 pages, 2 clicks') },
  focus: { css: 'a:focus{outline:none}' },
  order: { first: '<p><a href="form" tabindex="2">On</a></p><p><a href="x" tabindex="1">Words</a></p>' },
  way: { first: '<p><span class="link" data-to="form">On</span></p>' },
  enlarged: { css: css + 'p{width:20rem}' },
}

export async function selfTest() {
  const server = createServer(async (request, response) => {
    const [, name, page] = new URL(request.url, 'http://localhost').pathname.split('/')
    const p = { css, first: '<p><a href="x">Words</a></p><p><a href="form">On</a></p>', ...faults[name] }
    const pages = {
      '': p.first,
      form: `<form method="post" action="/${name}/sent"><p><input type="radio" id="n" name="ok" value="no"><label for="n">No</label><input type="radio" id="y" name="ok" value="yes"><label for="y">Yes</label></p><p><label for="w">Why</label><input id="w" name="why"></p><button>Send</button></form>`,
    }
    if (page === 'a.css') return void response.writeHead(200, { 'Content-Type': 'text/css' }).end(p.css)
    let sent = ''
    for await (const part of request) sent += part
    const form = new URLSearchParams(sent)
    if (!(page in pages) && page !== 'sent') return void response.writeHead(name === 'demo' ? 204 : 404).end()
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
    response.end(`<!DOCTYPE html><html><head><meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/${name}/a.css"></head><body><main>${page === 'sent' ? `<p>Sent: ${form.get('ok')}, ${form.get('why')}</p>` : pages[page]}</main></body></html>`)
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const base = `http://127.0.0.1:${server.address().port}`
  const browser = await launch()
  let passed = 0
  let failed = 0
  try {
    for (const name of ['good', ...Object.keys(faults)]) {
      const [planted] = read(faults[name]?.journey ?? journey(name))
      const found = []
      for (const way of ways) found.push(...(await walk(browser, base, planted, way)).faults)
      const fine = name === 'good' ? found.length === 0 : found.length > 0 && found.every((f) => f.rule === name)
      fine ? passed++ : failed++
      if (!fine) console.log(`FAIL a journey that breaks "${name}" was found to break: ${found.map((f) => `${f.rule} (${f.what})`).join(', ') || 'nothing'}`)
    }
  } finally {
    await browser.close()
    server.close()
  }
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}
