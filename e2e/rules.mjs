// The rules that every page is held to. Each answers with a list of faults, each
// {rule, what}; planted.mjs has a page that breaks each one.
import { get } from 'node:http'
import { HtmlValidate } from 'html-validate'
import { axe } from './lib.mjs'

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

// undecided is what axe may leave open, and why that is no fault. Anything else that it
// cannot decide counts.
const undecided = [
  { id: 'color-contrast', within: /<(text|tspan|title|desc)\b/, why: 'text drawn over shapes in a picture: its colours are tokens, whose contrast assets_test.go works out' },
  { id: 'color-contrast', within: /nhsuk-(radios|checkboxes)__label/, why: 'the box beside the words is drawn by a pseudo-element, not behind them' },
  { id: 'color-contrast', saying: /partially obscured by another element/, why: 'what lies beyond the edge of a table that scrolls; in the wide window it does not' },
  { id: 'color-contrast', within: /aria-hidden="true"/, why: 'an arrow beside words that say the same' },
]

// accessible runs axe.
export async function accessible(page) {
  await page.evaluate(axe)
  const found = await page.evaluate((runOnly) => window.axe.run(document, { runOnly, resultTypes: ['violations', 'incomplete'] }), tags)
  const open = found.incomplete.map((v) => ({ ...v, nodes: v.nodes.filter((n) => !undecided.some((u) => u.id === v.id && (u.within?.test(n.html) || u.saying?.test(n.any[0]?.message)))) })).filter((v) => v.nodes.length > 0)
  return [
    ...found.violations.map((v) => ({ rule: 'axe', what: `${v.id}: ${v.help} (${v.nodes[0].html.slice(0, 120)})` })),
    ...open.map((v) => ({ rule: 'undecided', what: `axe cannot decide ${v.id} on ${v.nodes.length}: ${v.nodes[0].html.slice(0, 120)} (${v.nodes[0].any[0]?.message ?? ''})` })),
  ]
}

// fits: the page never scrolls sideways, and nothing hangs out of it but what
// stands in a region that scrolls by itself.
export async function fits(page, at) {
  return page.evaluate((at) => {
    const faults = []
    const d = document.documentElement
    const wide = d.clientWidth
    if (d.scrollWidth > wide) faults.push({ rule: 'fits', what: `${at}: the page is ${d.scrollWidth} px wide in a window of ${wide}` })
    for (const e of document.body.querySelectorAll('*')) {
      const r = e.getBoundingClientRect()
      if (r.width === 0 || r.height <= 1 || e.closest('svg, [role="region"][tabindex="0"] *, .nhsuk-u-visually-hidden')) continue
      if (getComputedStyle(e).position === 'absolute' && r.right <= 1) continue // off the page on purpose: the skip link
      if (r.right > wide + 1 || r.left < -1) {
        faults.push({ rule: 'fits', what: `${at}: ${e.tagName.toLowerCase()}.${e.className} reaches from ${Math.round(r.left)} to ${Math.round(r.right)} px` })
        break
      }
    }
    return faults
  }, at)
}

// enlarged: the same with text at 200 %.
export async function enlarged(page, at) {
  await page.evaluate(() => { document.documentElement.style.fontSize = '200%' })
  const faults = await fits(page, `${at}, text at 200 %`)
  return faults.map((f) => ({ ...f, rule: 'enlarged' }))
}

// shaped: one main heading, a title, a language, no inline style or script, targets
// and text large enough, and the marks of whose record it is.
export async function shaped(page, { lang, dir } = {}) {
  return page.evaluate(({ lang, dir }) => {
    const faults = []
    const say = (rule, what) => faults.push({ rule, what })
    const all = (q) => [...document.querySelectorAll(q)]
    const seen = (e) => e.getClientRects().length > 0
    if (all('h1').length !== 1) say('one-h1', `${all('h1').length} main headings`)
    if (all('main').length !== 1) say('one-main', `${all('main').length} main parts`)
    if (!/\S - \S/.test(document.title)) say('title', `the title is "${document.title}"`)
    if (all('.nhsuk-error-summary').length > 0 && lang === 'en' && !document.title.startsWith('Error: ')) say('title', 'an error page without "Error:" in its title')
    const html = document.documentElement
    if (!html.lang || (lang && html.lang !== lang) || (dir && html.dir !== dir)) say('language', `lang=${html.lang} dir=${html.dir}, want ${lang} ${dir}`)
    const inline = all('[style], style, script:not([src])').filter((e) => e !== html)
    const handlers = all('*').filter((e) => [...e.attributes].some((a) => a.name.startsWith('on')))
    if (inline.length + handlers.length > 0) say('inline', `${[...inline, ...handlers][0].outerHTML.slice(0, 100)}`)
    for (const e of all('a[href], button, input:not([type=hidden]), select, textarea, summary')) {
      if (!seen(e) || e.closest('.nhsuk-skip-link')) continue
      const s = getComputedStyle(e)
      if (e.tagName === 'A' && s.display === 'inline') continue // a link in a sentence is excepted
      const r = e.getBoundingClientRect()
      if (r.width < 24 || r.height < 24) { say('target', `${e.outerHTML.slice(0, 80)} is ${Math.round(r.width)} by ${Math.round(r.height)} px`); break }
    }
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walk.nextNode()) {
      const e = walk.currentNode.parentElement
      if (!walk.currentNode.data.trim() || !seen(e)) continue
      const size = parseFloat(getComputedStyle(e).fontSize)
      if (size < 16) { say('small-text', `"${walk.currentNode.data.trim().slice(0, 40)}" is ${size} px`); break }
    }
    let level = 0
    for (const h of all('h1, h2, h3, h4, h5, h6').filter((h) => h.closest('main'))) {
      const n = +h.tagName[1]
      if (level > 0 && n > level + 1) { say('headings', `"${h.textContent.trim().slice(0, 40)}" is h${n} after h${level}`); break }
      level = n
    }
    const led = new Map()
    for (const a of all('main a[href]').filter(seen)) {
      const words = (a.getAttribute('aria-label') ?? a.textContent).replace(/\s+/g, ' ').trim().toLowerCase()
      const inRow = a.closest('tr, li, dl > div, section, .nhsuk-card')?.innerText.replace(/\s+/g, ' ')
      const to = led.get(words)
      if (to && to.href !== a.href && to.inRow === inRow) { say('links', `two links "${words.slice(0, 50)}" lead to different places`); break }
      led.set(words, { href: a.href, inRow })
    }
    for (const e of all('main *')) {
      const s = getComputedStyle(e)
      if (!/hidden|clip/.test(s.overflowX) || e.clientWidth <= 1 || e.closest('svg') || !seen(e)) continue
      if (e.scrollWidth > e.clientWidth + 1) { say('clipped', `"${e.textContent.trim().slice(0, 40)}" is cut off`); break }
    }
    const whose = document.querySelector('main')?.dataset.whose
    if (!['own', 'others', 'nobodys'].includes(whose)) say('whose', `main says data-whose="${whose}"`)
    if (whose === 'others' && !document.querySelector('main .one-fixed')) say('whose', 'somebody else’s record without the fixed sentence')
    if (whose === 'own' && !document.querySelector('main .one-own')) say('whose', 'one’s own record without its mark')
    if (!document.querySelector('#help')) say('help', 'no help')
    return faults
  }, { lang, dir })
}

// drawn: in every picture, text is 14 px or more, level, inside it and clear of other
// text; and the picture has a title and a description for those who hear it.
export async function drawn(page, at) {
  return page.evaluate((at) => {
    const faults = []
    const say = (what) => faults.push({ rule: 'drawn', what: `${at}: ${what}` })
    for (const svg of document.querySelectorAll('main svg[role="img"]')) {
      const frame = svg.getBoundingClientRect()
      if (frame.width === 0) continue
      const told = (svg.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent.trim())
      if (told.length < 2 || told.some((words) => !words)) say('a picture without a title and a description')
      const texts = [...svg.querySelectorAll('text')].map((e) => ({ words: e.textContent, size: parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a, r: e.getBoundingClientRect(), turned: e.getScreenCTM().b !== 0 }))
      for (const [i, t] of texts.entries()) {
        if (t.size < 14) say(`"${t.words}" is ${t.size.toFixed(1)} px`)
        if (t.turned) say(`"${t.words}" is turned`)
        if (t.r.left < frame.left - 1 || t.r.right > frame.right + 1 || t.r.top < frame.top - 1 || t.r.bottom > frame.bottom + 1) say(`"${t.words}" hangs out of its picture`)
        for (const o of texts.slice(0, i)) {
          if (t.r.left < o.r.right - 1 && o.r.left < t.r.right - 1 && t.r.top < o.r.bottom - 1 && o.r.top < t.r.bottom - 1) say(`"${t.words}" overlaps "${o.words}"`)
        }
      }
    }
    return faults
  }, at)
}

// printed: a page takes at most so many sides of paper, and nothing on them is cut off
// at the edge.
export async function printed(page, most) {
  const pdf = await page.pdf({ preferCSSPageSize: true })
  const sides = (pdf.toString('latin1').match(/\/Type\s*\/Page[^s]/g) ?? []).length
  const faults = sides > most ? [{ rule: 'printed', what: `takes ${sides} sides of paper, not ${most}` }] : []
  await page.emulateMedia({ media: 'print' })
  await page.setViewportSize({ width: 703, height: 1032 }) // A4 within its margins
  faults.push(...(await fits(page, 'on paper')).map((f) => ({ ...f, rule: 'printed' })))
  await page.emulateMedia({ media: null })
  return faults
}

// focused walks with Tab: every stop shows that it has the focus, in sight, and comes
// after the last as one reads.
export async function focused(page, most = 40) {
  let last
  for (let i = 0; i < most; i++) {
    await page.keyboard.press('Tab')
    const at = await stopped(page, last)
    if (!at) break
    if (at.faults.length > 0) return at.faults
    last = at.place
  }
  await page.evaluate(() => document.activeElement?.blur()) // what follows meets the page as it was
  return []
}

// stopped looks at where the focus is now: its faults, and its place on the page. It is
// nothing when the focus has left the page. last is the place of the stop before.
export async function stopped(page, last) {
  return page.evaluate((last) => {
    const e = document.activeElement
    if (!e || e === document.body || last && e.matches('.nhsuk-skip-link')) return null // round once
    const faults = []
    const html = e.outerHTML.slice(0, 90)
    const s = e.matches('.nhsuk-radios__input, .nhsuk-checkboxes__input') ? getComputedStyle(e.nextElementSibling, '::before') : getComputedStyle(e)
    const r = e.getClientRects()[0] ?? e.getBoundingClientRect()
    const visible = (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 && !/^rgba.*, 0\)$/.test(s.outlineColor)) || s.boxShadow !== 'none'
    const inSight = r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth
    const over = document.elementFromPoint(Math.min(innerWidth - 1, Math.max(0, r.left + Math.min(r.width / 2, 20))), Math.min(innerHeight - 1, Math.max(0, r.top + Math.min(r.height / 2, 12))))
    const covered = over && !e.contains(over) && !over.contains(e) && !over.closest('label') && getComputedStyle(over).position === 'fixed'
    if (!visible) faults.push({ rule: 'focus', what: `nothing shows the focus on ${html}` })
    else if (!inSight || covered) faults.push({ rule: 'focus', what: `the focus is out of sight on ${html}` })
    // One reads down, and within a line towards its end; a further column begins at its top.
    const rtl = document.documentElement.dir === 'rtl'
    let x = 0
    let y = 0
    for (let p = e.parentElement; p; p = p.parentElement) [x, y] = [x + p.scrollLeft, y + p.scrollTop]
    const place = { top: r.top + y, bottom: r.bottom + y, start: rtl ? -(r.right + x) : r.left + x, end: rtl ? -(r.left + x) : r.right + x }
    if (last && place.bottom <= last.top + 1 && place.start < last.end - 1) faults.push({ rule: 'order', what: `the focus goes back up to ${html}` })
    else if (last && place.top < last.bottom - 4 && last.top < place.bottom - 4 && place.end <= last.start + 1 && Math.abs(place.top - last.top) < 12) faults.push({ rule: 'order', what: `the focus goes backwards to ${html}` })
    return { faults, place }
  }, last)
}

// alone: nothing was asked of another server.
export function alone(elsewhere) {
  return [...new Set(elsewhere)].map((url) => ({ rule: 'elsewhere', what: `asks ${url.slice(0, 100)}` }))
}

// strict: the answer's policy lets no inline style or script in.
export function strict(answer) {
  const policy = answer.headers()['content-security-policy'] ?? ''
  return /default-src 'none'|default-src 'self'/.test(policy) && !/unsafe-/.test(policy) ? [] : [{ rule: 'policy', what: `Content-Security-Policy is "${policy}"` }]
}

// scriptless: what is there to read is the same with scripts off.
export function scriptless(withScript, without) {
  const plain = (s) => s.replace(/\s+/g, ' ').trim()
  return plain(without) !== '' && plain(withScript) === plain(without) ? [] : [{ rule: 'no-script', what: 'the page reads differently without scripts' }]
}

const validator = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: {
    // How it is written, which nobody meets.
    'long-title': 'off', 'no-trailing-whitespace': 'off', 'attribute-boolean-style': 'off', 'attribute-empty-style': 'off', 'void-style': 'off', 'doctype-style': 'off', 'no-inline-style': 'error',
    'form-dup-name': ['error', { shared: ['radio', 'checkbox', 'submit', 'button'] }],
    // Old browsers and readers need these roles said.
    'no-redundant-role': 'off', 'prefer-native-element': 'off',
    'tel-non-breaking': 'off', 'no-implicit-button-type': 'off',
  },
})

// valid: the page is HTML as its specification has it.
export async function valid(html) {
  const { results } = await validator.validateString(html)
  return results.flatMap((r) => r.messages).filter((m) => m.severity === 2).map((m) => ({ rule: 'html', what: `${m.ruleId}: ${m.message} (line ${m.line}, ${m.selector ?? ''})` }))
}

// light: a first view weighs at most 40 KB as it is sent, in at most four requests.
// Pictures that are fetched only when somebody comes to them are not of it.
export async function light(fetched, html, base) {
  const tags = [...html.matchAll(/<(?:link|script|img)\b[^>]*?(?:href|src)="([^"]+)"[^>]*>/g)].filter((m) => !m[0].includes('loading="lazy"'))
  const parts = tags.map((m) => m[1].replaceAll('&amp;', '&')).filter((u) => !u.startsWith('data:'))
  let bytes = fetched
  for (const u of new Set(parts)) if (new URL(u, base).origin === new URL(base).origin) bytes += await weight(new URL(u, base).href)
  const requests = 1 + new Set(parts).size
  const faults = []
  if (bytes > 40 * 1024) faults.push({ rule: 'weight', what: `the first view weighs ${bytes} bytes; at most ${40 * 1024}` })
  if (requests > 4) faults.push({ rule: 'weight', what: `the first view takes ${requests} requests; at most 4` })
  return faults
}

const weights = new Map()

// weight is how many bytes an address sends, packed.
export async function weight(href, headers = {}) {
  if (weights.has(href)) return weights.get(href)
  const bytes = await new Promise((done, failed) => get(href, { headers: { ...headers, 'Accept-Encoding': 'gzip' } }, (answer) => {
    let n = 0
    answer.on('data', (chunk) => { n += chunk.length }).on('end', () => done(n))
  }).on('error', failed))
  if (Object.keys(headers).length === 0) weights.set(href, bytes)
  return bytes
}

// ownColours: with the colours of the system, buttons, tags and cards keep an edge; and
// who asked for less motion gets none.
export async function ownColours(page) {
  await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' })
  try {
    return await page.evaluate(() => {
      const faults = []
      for (const e of document.querySelectorAll('.nhsuk-button, .nhsuk-tag, .nhsuk-card, .nhsuk-inset-text, button:not(.one-linkish)')) {
        if (e.getClientRects().length === 0) continue
        const s = getComputedStyle(e)
        const edged = ['Top', 'Bottom', 'Left', 'Right'].some((side) => parseFloat(s[`border${side}Width`]) > 0 && s[`border${side}Style`] !== 'none')
        if (!edged && !(parseFloat(s.outlineWidth) > 0 && s.outlineStyle !== 'none')) { faults.push({ rule: 'forced', what: `${e.outerHTML.slice(0, 80)} has no edge in forced colours` }); break }
      }
      for (const e of document.querySelectorAll('body *')) {
        const s = getComputedStyle(e)
        const moves = (s.animationName !== 'none' && parseFloat(s.animationDuration) > 0.01) || (parseFloat(s.transitionDuration) > 0.01 && s.transitionProperty !== 'none')
        if (moves) { faults.push({ rule: 'motion', what: `${e.outerHTML.slice(0, 80)} moves for those who asked for less` }); break }
      }
      return faults
    })
  } finally {
    await page.emulateMedia({ forcedColors: null, reducedMotion: 'reduce' })
  }
}

// outline is how the page is built for those who hear it: its parts, headings, buttons
// and fields, in order. Days and numbers are left out, since they differ.
export async function outline(page) {
  const heard = await page.locator('body').ariaSnapshot()
  return heard.split('\n').filter((line) => /^\s*- (banner|navigation|main|contentinfo|complementary|region|heading|button|radio|checkbox|textbox|combobox|group|img|table|columnheader)\b/.test(line))
    .map((line) => line.replace(/[\u2066-\u2069]/g, '').replace(/\b\d{1,2} (January|February|March|April|May|June|July|August|September|October|November|December)( \d{4})?/g, 'DAY').replace(/(?<!level=)\b\d+|\d+(?=\D*")/g, 'N'))
    .join('\n') + '\n'
}
