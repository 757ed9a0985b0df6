// What every browser check needs: a browser, somebody signed in, and counting.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { chromium } from 'playwright-core'

// option is what the command line says after --name.
export function option(name, otherwise) {
  const i = process.argv.indexOf(`--${name}`)
  return i < 0 ? otherwise : process.argv[i + 1]
}

const candidates = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].filter(Boolean)

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

// axe is its source, to be evaluated in a page whatever the page's policy says.
export const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

// launch starts the distribution's own Chromium in a fresh profile.
export async function launch() {
  const executablePath = candidates.find((c) => existsSync(c))
  if (!executablePath) {
    throw new Error('Chromium was not found. On Debian: apt-get install --no-install-recommends chromium fonts-noto-core fonts-liberation. Elsewhere set CHROMIUM to its path.')
  }
  return chromium.launch({ executablePath, headless: true, args: flags })
}

// visitor is somebody with a browser window of their own. What it asks of other
// servers is refused and listed in elsewhere.
export async function visitor(browser, base, { width = 390, height = 844, script = true, lang, ...rest } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, javaScriptEnabled: script, reducedMotion: 'reduce', locale: lang ?? 'en-GB', ...rest })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const elsewhere = []
  const origin = new URL(base).origin
  await context.route((url) => url.origin !== origin && !/^(data|blob|about):/.test(url.protocol), (route) => {
    elsewhere.push(route.request().url())
    return route.abort()
  })
  return { context, page, elsewhere }
}

// signIn makes somebody of the demonstration the visitor.
export async function signIn(context, base, who) {
  const answer = await context.request.post(new URL('/demo/sign-in', base).href, { form: { who }, headers: { Origin: new URL(base).origin }, maxRedirects: 0 })
  if (answer.status() >= 400) throw new Error(`signing in as ${who} answered ${answer.status()}`)
}

// A Tally counts what passed and what did not, and says so in one closing line.
export class Tally {
  passed = 0
  failed = 0

  check(name, faults) {
    if (faults.length === 0) return void this.passed++
    this.failed++
    console.log(`FAIL ${name}`)
    for (const f of faults.slice(0, 8)) console.log(`     ${f.rule}: ${f.what}`)
  }

  close() {
    console.log(`${this.passed} passed, ${this.failed} failed`)
    return this.failed === 0 && this.passed > 0 ? 0 : 1
  }
}
