# The two commands that a newcomer needs are demo and test. Everything else is for
# those who change things. Needs Go 1.26 and Node 20 or later.

STATICCHECK := go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
TEMPL       := go run github.com/a-h/templ/cmd/templ@v0.3.977
CLUSTER     := go run ./internal/db/dbtest/cluster
# Without C: one static program, and one build cache for tests and program alike.
export CGO_ENABLED := 0
VERSION     := $(shell git describe --always --dirty 2>/dev/null || echo dev)

.PHONY: provider demo test build style check e2e bench pages pictures faults drill clean

## demo: build, make a synthetic area, serve it on http://127.0.0.1:8080
demo: build
	bin/onestory demo

## test: everything that needs no other service; says what it skipped and why
test:
	go test ./...

## provider: what internal/openid is tested against; without it those tests are skipped
provider:
	npm ci --prefix internal/openid/testdata/provider --ignore-scripts --no-audit --no-fund --loglevel=error

## build: the program with its style sheet inside, in bin/
build: style
	go build -ldflags "-s -w -X onestory/internal/app.Version=$(VERSION)" -o bin/onestory ./cmd/onestory

## style: the one style sheet, from its source
style: internal/web/assets/built/manifest.json

internal/web/assets/built/manifest.json: $(shell find internal/web/assets/style internal/web -name '*.scss' -o -name '*.templ' -not -path '*/node_modules/*') internal/web/assets/build.mjs internal/web/assets/package-lock.json
	npm ci --prefix internal/web/assets --no-audit --no-fund --loglevel=error
	npm run build --prefix internal/web/assets --silent

## pages: the Go code of the templates, after changing a .templ file
pages:
	$(TEMPL) generate

## check: what a change must pass
check:
	@test -z "$$(gofmt -l cmd internal e2e)" || { gofmt -l cmd internal e2e; echo "gofmt -w these"; exit 1; }
	go vet ./...
	$(STATICCHECK) ./...
	CGO_ENABLED=1 $(CLUSTER) go test -race ./...

## e2e: every page in a real browser, at two widths, in two languages
e2e: build
	npm ci --prefix e2e --ignore-scripts --no-audit --no-fund --loglevel=error
	sh e2e/run.sh

## pictures: those in docs/pictures, taken from a demonstration
pictures: build
	npm ci --prefix e2e --ignore-scripts --no-audit --no-fund --loglevel=error
	sh e2e/run.sh pictures

## bench: each figure beside its raw counterpart, on both databases
bench:
	go run ./internal/bench

## drill: back an area up while it is used, restore it on an empty folder, compare
drill: build
	bash scripts/drill.sh

## faults: kill and power-cut tests; the second needs root and loop devices, and says so
faults: build
	sh scripts/faults.sh

clean:
	rm -rf bin data internal/web/assets/built/* e2e/out
