// Shows that the rules can fail: a good page passes, and a page with one planted
// fault fails on just the rule that it breaks.
import { createServer } from 'node:http'
import { launch, Tally } from './lib.mjs'

const good = {
  title: 'Page - Service', h1: '<h1>A page</h1>', body: '<p>Words to read.</p>', policy: "default-src 'none'; style-src 'self'",
  css: 'body{font-size:16px;margin:8px}a{display:inline-block;min-height:24px}a:focus{outline:3px solid}', whose: 'nobodys',
}

// Each fault changes the good page in one way, and names the rule that must fail.
const faults = {
  axe: { body: '<p>Words to read.</p><img src="/picture.svg">' },
  fits: { body: '<p class="wide">Words to read.</p>', css: good.css + '.wide{width:500px}' },
  enlarged: { body: '<p class="wide">Words to read.</p>', css: good.css + '.wide{width:18rem}@media(min-width:600px){.wide{width:60rem}}' },
  'one-h1': { h1: '<h1>A page</h1><h1>Another</h1>' },
  'one-main': { body: '</main><main data-whose="nobodys"><p>Words.</p>' },
  title: { title: 'Page' },
  language: { lang: 'cy' },
  inline: { body: '<p style="color:black">Words.</p>' },
  target: { body: '<p><button class="small">x</button></p>', css: good.css + '.small{width:12px;height:12px;padding:0;border:0;font-size:16px}' },
  drawn: { body: '<svg role="img" aria-labelledby="t d" viewBox="0 0 340 60" width="300"><title id="t">Up</title><desc id="d">From 1 to 2.</desc><text x="4" y="30" font-size="18">July 2026</text><text x="60" y="30" font-size="18">August 2026</text></svg>' },
  printed: { body: '<p class="long">Words to read.</p>', css: good.css + '@media print{.long{height:40cm}}', sheet: 1 },
  'small-text': { body: '<p class="small">Words to read.</p>', css: good.css + '.small{font-size:12px}' },
  whose: { whose: 'others' },
  help: { help: '' },
  focus: { css: good.css + 'a:focus{outline:none}' },
  elsewhere: { body: '<p>Words.</p><link rel="stylesheet" href="http://elsewhere.invalid/a.css">', policy: "default-src 'self' http://elsewhere.invalid" },
  policy: { policy: "default-src * 'unsafe-inline'" },
  'no-script': { body: '<p id="p">Words.</p><script src="/change.js"></script>', policy: "default-src 'self'" },
  status: { status: 500 },
  undecided: { body: '<p class="over">Words to read.</p>', css: good.css + '.over{background-image:linear-gradient(#fff,#000)}' },
  headings: { body: '<h2>Part</h2><h4>Small part</h4>' },
  links: { body: '<p><a href="/1">More</a> <a href="/2">More</a></p>' },
  clipped: { body: '<p class="cut">Wordswithoutanyspacebetweenthem</p>', css: good.css + '.cut{width:60px;overflow:hidden}' },
  html: { body: '<p>Words <div>to read</div></p>' },
  weight: { body: [1, 2, 3, 4].map((n) => `<img alt="" src="/picture.svg?${n}">`).join('') },
  forced: { body: '<p><span class="nhsuk-tag">Agreed</span></p>' },
  motion: { body: '<p class="moves">Words to read.</p>', css: good.css + '.moves{transition:color 1s}' },
  jargon: { body: '<p>You can revoke it.</p>' },
  sentence: { body: `<p>${'and so it goes on '.repeat(5)}to its end.</p>` },
  grade: { body: `<p>${'Organisational considerations necessitate administrative authorisation. '.repeat(10)}</p>` },
  outline: { body: '<p><button>Another</button></p>', outline: true },
}

export async function selfTest(examineAll) {
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost')
    const name = url.pathname.slice(1)
    const named = Object.hasOwn(faults, name.split('/')[0]) ? faults[name.split('/')[0]] : {}
    if (url.pathname.endsWith('.css')) return void response.writeHead(200, { 'Content-Type': 'text/css' }).end((named.css ?? good.css))
    if (name === 'picture.svg') return void response.writeHead(200, { 'Content-Type': 'image/svg+xml' }).end('<svg xmlns="http://www.w3.org/2000/svg" width="30" height="30"/>')
    if (name === 'change.js') return void response.writeHead(200, { 'Content-Type': 'text/javascript' }).end('document.getElementById("p").textContent = "Only with scripts."')
    if (name === 'favicon.ico') return void response.writeHead(404).end()
    const p = { ...good, lang: url.searchParams.get('lang'), help: '<aside id="help" aria-label="Help"><a href="/help">Get help</a></aside>', status: 200, ...named }
    const dir = p.lang === 'ar-XB' ? 'rtl' : 'ltr'
    response.writeHead(p.status, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': p.policy })
    response.end(`<!DOCTYPE html><html lang="${p.lang}" dir="${dir}"><head><meta name="viewport" content="width=device-width"><title>${p.title}</title><link rel="stylesheet" href="/${name}/a.css"></head><body><main data-whose="${p.whose}">${p.h1}${p.body}</main>${p.help}</body></html>`)
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const base = `http://127.0.0.1:${server.address().port}`
  const browser = await launch()
  let passed = 0
  let failed = 0
  try {
    for (const rule of ['good', ...Object.keys(faults)]) {
      const found = new Recorder()
      await examineAll(browser, base, { path: `/${rule}`, name: 'planted', sheet: faults[rule]?.sheet, outline: faults[rule]?.outline }, found)
      const fine = rule === 'good' ? found.rules.size === 0 : found.rules.has(rule)
      fine ? passed++ : failed++
      if (!fine) console.log(`FAIL a page that breaks "${rule}" was found to break: ${[...found.rules].join(', ') || 'nothing'} ${found.first}`)
    }
  } finally {
    await browser.close()
    server.close()
  }
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

class Recorder extends Tally {
  rules = new Set()
  first = ''

  check(name, faults) {
    for (const f of faults) {
      this.rules.add(f.rule)
      this.first ||= f.what
    }
  }
}
