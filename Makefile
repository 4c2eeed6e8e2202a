# Everything a contributor types. `make test` is what CI runs.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
CACHE := $(CURDIR)/.cache
LINT_VERSION := v2.15.0
LINT := $(CACHE)/bin/golangci-lint-$(LINT_VERSION)
SERVER_PACKAGES := ./connectors/ad/... ./connectors/ldap/... ./connectors/okta/... ./cmd/... ./dashboards/... ./scripts/...

.PHONY: lines all build test servers vet lint unit race e2e histories soak mutants bench bench-update benchmarks-doc bench-go bench-rings fuzz fmt clean

all: build

build: ## the binary, static
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o writersync ./cmd/writersync

test: servers vet lint race e2e histories ## everything, as CI runs it
	@echo "make test: vet, lint, unit tests with the race detector, end-to-end tests against real servers and ten thousand random histories all passed; nothing was skipped"

servers: ## install what the end-to-end tests start
	./scripts/servers.sh

vet:
	go vet ./...
	go vet -tags e2e ./...
	go build -o $(CACHE)/bin/evalorder ./scripts/evalorder
	go vet -tags e2e -vettool=$(CACHE)/bin/evalorder ./...

$(LINT):
	mkdir -p $(CACHE)/bin
	GOBIN=$(CACHE)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv $(CACHE)/bin/golangci-lint $(LINT)

lint: $(LINT)
	$(LINT) run ./...
	$(LINT) fmt --diff ./...

unit: ## needs no server
	go test ./...

race: ## the unit tests with the race detector
	go test -race -timeout 20m ./...

e2e: ## against a real slapd, a real Samba, a real promtool, and Okta's description in Prism
	go test -tags e2e -timeout 30m -parallel 8 -skip '^TestRows$$' $(SERVER_PACKAGES) # the rows need no server: race has run them

HISTORIES ?= 10000
SEED ?= 1
histories: ## random histories of a company against a naive oracle; SEED=N lives others
	go test ./syncer -run '^TestHistories$$' -v -timeout 30m -rapid.checks $(HISTORIES) -rapid.seed $(SEED)

soak: ## a year of a company of 10,000 that changes every day, on a clock that does not wait; about half an hour
	go test -tags e2e ./cmd/writersync -run '^TestSoak$$' -count 1 -timeout 3h -v -soak.days 360 -soak.users 10000

PACKAGES ?= ./syncer/plan ./syncer/guard
N ?= 100
mutants: ## N small faults in each of PACKAGES, one at a time, and those that no test noticed; SEED=n plants others, N=0 all
	@ulimit -v $$((16 << 20)) 2>/dev/null || true; \
	go run ./scripts/mutants -seed $(SEED) -n $(N) $(PACKAGES) # a loop without end may want all memory there is

SIZES ?= 1k
bench: build ## what the built program costs in each phase of its life; SIZES="1k 10k 100k", FLAGS="-o json"
	go run ./scripts/bench -program ./writersync -sizes "$(SIZES)" $(FLAGS)

bench-update: ## store what TestFigures holds each phase against; on a machine that does nothing else
	go test -tags e2e ./scripts/bench -run '^TestFigures$$' -update 3 -timeout 1h

benchmarks-doc: build ## measure, and write docs/benchmarks.md; about half an hour
	go run ./scripts/bench -program ./writersync -sizes "100 1k 10k 100k" -doc docs/benchmarks.md

bench-go: ## benchmarks of single functions: ratios within one run, never asserted as times
	go test -run '^$$' -bench . -benchmem ./...

bench-rings: servers ## how long a change in a directory of 20,000 people takes to be in Writer; an hour
	go test -tags e2e ./cmd/writersync -run '^$$' -bench Rings -benchtime 1x -timeout 3h -v

lines: ## how many lines of Go decide; ./scripts/lines.sh COMMIT counts those of another one
	./scripts/lines.sh

fuzz: ## every fuzz target for 30 seconds
	./scripts/fuzz.sh 30s

fmt: $(LINT)
	$(LINT) fmt ./...

clean:
	rm -rf $(CACHE) writersync
