// How the words of a page read: to a resident as to somebody of 9 to 11 years, to staff
// as to anybody at work.

const jargon = ['PCSP', 'care pathway', 'care package', 'package of care', 'service user', 'informal carer', 'next of kin', 'NOK', 'MDT', 'goals framework', 'outcomes domain', 'consent directive', 'revoke', 'ACL', 'amendment request', 'rectification', 'audit trail', 'break the glass', 'break-glass', 'locality', 'footprint', 'PPI rep', 'expert patient', 'commissioner', 'stakeholder', 'signpost', 'utilise', 'co-production', 'interoperab', 'data subject', 'click here', 'forbidden', 'oops', 'e.g.', 'i.e.', 'etc.', 'FHIR resource']
const toResidents = ['patient', 'patients', 'invalid', 'provenance', 'clinician']

// worded looks at what the page itself says. Words that people or their sources wrote
// are theirs: they are not judged.
export async function worded(page, { staff }) {
  const blocks = await page.evaluate(() => {
    const all = []
    const walk = (e) => {
      if (e.matches('svg, script, select, [dir="auto"], .one-words, pre, time, table .one-soft, [hidden]')) return ''
      let own = ''
      for (const n of e.childNodes) {
        if (n.nodeType === 3) own += n.data
        else if (n.nodeType === 1) {
          if (n.tagName === 'BR') own += '. '
          else if (/^inline/.test(getComputedStyle(n).display) || n.tagName === 'BDI') own += walk(n)
          else { const inner = walk(n); if (inner) all.push(inner) }
        }
      }
      return own.replace(/\s+/g, ' ').trim() ? own : ''
    }
    const main = document.querySelector('main')
    const rest = main ? walk(main) : ''
    if (rest) all.push(rest)
    // A name, between marks of isolation, is one word.
    return all.map((t) => t.replace(/\u2068[^\u2069]*\u2069/g, 'Name').replace(/[\u2066-\u2069\u202a-\u202e]/g, '').replace(/\s+/g, ' ').trim()).filter(Boolean)
  })
  return judged(blocks, { staff })
}

// judged is worded without a page, for blocks of text.
export function judged(blocks, { staff }) {
  const faults = []
  const text = blocks.join('\n')
  for (const w of staff ? jargon : [...jargon, ...toResidents]) {
    const at = new RegExp(`(^|[^\\w])${w.replace(/[.]/g, '\\.')}(?![\\w])`, w === w.toUpperCase() ? '' : 'i').exec(text)
    if (at) faults.push({ rule: 'jargon', what: `"${w}" in "${text.slice(Math.max(0, at.index - 30), at.index + 40).replace(/\n/g, ' / ')}"` })
  }
  // Only sentences are measured: headings, links and labels would flatter the page.
  const sentences = blocks.flatMap((b) => b.split(/(?<=[.?!])\s+/)).filter((x) => /[a-z][.?!]$/.test(x) && x.split(' ').length > 2)
  const long = sentences.find((x) => x.split(/[\s]+/).length > 20)
  if (long && !staff) faults.push({ rule: 'sentence', what: `${long.split(/\s+/).length} words: "${long.slice(0, 160)}"` })
  const words = sentences.flatMap((x) => x.match(/[A-Za-z][A-Za-z'’-]*/g) ?? [])
  if (words.length >= 40) {
    const grade = 0.39 * words.length / sentences.length + 11.8 * words.reduce((n, w) => n + syllables(w), 0) / words.length - 15.59
    if (grade > (staff ? 8 : 5)) faults.push({ rule: 'grade', what: `reads at grade ${grade.toFixed(1)}; at most ${staff ? 8 : 5}` })
  }
  return faults
}

// syllables counts them roughly, as the measure of Flesch and Kincaid does.
function syllables(word) {
  const w = word.toLowerCase().replace(/[^a-z]/g, '')
  if (w.length <= 3) return 1
  return Math.max(1, (w.replace(/(?:[^laeiouy]es|[^laeiouytd]ed|[^laeiouy]e)$/, '').replace(/^y/, '').match(/[aeiouy]{1,2}/g) ?? []).length)
}
