# make test is all; the other targets are its parts, and the same with full
# counts. A new part is one word in TEST and one target.

TEST = quick unit race oidc s3 tlog siem sbom witness postgres conformance speech reach-here browser phone plants-changed

# Programs beside the product. ./... leaves out folders that begin with a dot.
TOOLS = ./.ci/plants ./.ci/figures ./.ci/gen/candour

# What plants-changed compares with; empty or unknown means all plants.
BASE ?= HEAD~1
FUZZTIME ?= 60s

.PHONY: test
test: ## installs what is missing, then runs every test
	@bash .ci/stages setup $(TEST)

.PHONY: setup
setup: ## installs what the tests need (apt, npm)
	@bash .ci/setup

.PHONY: quick
quick: .ci/out/staticcheck .ci/out/lines ## format, vet, staticcheck, and that nothing said gets into a line
	@unformatted=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
		[ -z "$$unformatted" ] || { printf 'gofmt these:\n%s\n' "$$unformatted"; exit 1; }
	go vet ./... $(TOOLS)
	go vet -C .ci/started ./...
	.ci/out/staticcheck ./... $(TOOLS)
	.ci/out/lines -faults cmd/mayfly/testdata/faultpoints.txt ./...

.ci/out/staticcheck: .ci/lint/go.mod .ci/lint/go.sum
	@mkdir -p $(@D)
	go build -C .ci/lint -o ../out/staticcheck honnef.co/go/tools/cmd/staticcheck
	@touch $@

.ci/out/lines: $(wildcard .ci/lines/*.go) .ci/lines/go.mod .ci/lines/go.sum
	@mkdir -p $(@D)
	go build -C .ci/lines -o ../out/lines .
	@touch $@

.PHONY: faults
faults: .ci/out/lines ## brings the list of fault points up to date with the program
	.ci/out/lines -faults cmd/mayfly/testdata/faultpoints.txt -update ./...

.PHONY: unit
unit: ## go test, everything that needs neither a browser nor npm
	@bash .ci/again . -timeout=20m ./... $(TOOLS)
	go test -C .ci/lines ./...
	go test -C .ci/started ./...
	@bash .ci/scaled 10 '^TestInvariants$$' ./session

.PHONY: race
race: ## the same under the race detector
	@bash .ci/again . -timeout=20m -race -short ./...

.PHONY: oidc
oidc: ## signing in, with a real OpenID provider
	go vet -C .ci/oidc ./...
	@bash .ci/again .ci/oidc -count=1 ./...

.PHONY: s3
s3: ## exports to a real S3 server, opened with the age tool
	go vet -C .ci/s3 ./...
	@bash .ci/again .ci/s3 -count=1 ./...

.PHONY: tlog
tlog: ## the audit log, verified and rejected by a program of others
	go vet -C .ci/tlog ./...
	@bash .ci/again .ci/tlog -count=1 ./...

.PHONY: siem
siem: setup ## the audit log to a real rsyslog over TLS
	go vet -C .ci/siem ./...
	@bash .ci/again .ci/siem -count=1 ./...

.PHONY: sbom
sbom: ## the bill of materials, read by a program of others
	go vet -C .ci/sbom ./...
	@bash .ci/again .ci/sbom -count=1 ./...

.PHONY: witness
witness: ## checkpoints cosigned by a witness of others
	go vet -C .ci/witness ./...
	@bash .ci/again .ci/witness -count=1 ./...

.PHONY: postgres
postgres: setup ## whether PostgreSQL takes the schema and the statements of the recorder
	go vet -C .ci/postgres ./...
	go test -C .ci/postgres -count=1 -v ./...

.PHONY: reach
reach: setup ## calls through networks that forbid most, with a real relay; as root
	go vet -C .ci/reach ./...
	@bash .ci/again .ci/reach -count=1 -parallel=3 -timeout=20m ./...

.PHONY: reach-here
reach-here: setup ## the same where networks can be made; elsewhere it says that it was left out
	@if ip netns add mayfly-probe 2>/dev/null; then ip netns del mayfly-probe; $(MAKE) --no-print-directory reach; \
		else printf 'reach: LEFT OUT: no networks can be made here; run make reach as root\n'; fi

.PHONY: conformance
conformance: setup ## the published clients, unmodified, against a gateway
	npm --prefix .ci/conformance test --silent

.PHONY: speech
speech: ## what is spoken, by real voices and heard by a real recogniser
	@bash .ci/again . -tags=speech -timeout=20m ./gateway/avatar/voice/... ./gateway/avatar/command

.PHONY: browser
browser: setup ## the pages in real browsers; figures and pictures in .ci/out/browser
	go vet -C .ci/browser ./...
	@bash .ci/again .ci/browser -count=1 -parallel=3 -timeout=40m ./...
	@cat .ci/out/browser/report.txt

.PHONY: phone
phone: ## the table of telephone numbers against the library that it comes from
	go -C .ci/gen/phone test ./...

.PHONY: plants
plants: ## every planted fault must make its test fail
	go run ./.ci/plants

.PHONY: plants-changed
plants-changed: ## the planted faults of the packages that changed since BASE
	go run ./.ci/plants -changed '$(BASE)'

.PHONY: promises
promises: ## brings the table of promises up to date with the tests and plants
	go test -run '^TestPromises$$' ./cmd/mayfly -promises

.PHONY: attack
attack: ## attacks and bad input at the edge, with full counts, while good clients go on
	@bash .ci/scaled 20 '^(TestAttack|TestConformance|TestHandshake|TestMutatedCredentials|TestBadEvents|TestSingleUseSecretRace|TestOffersAtTheDoor|TestFiveHundredBehindOneAddress|TestDeadReaderAmongAThousand)' ./gateway
	@bash .ci/scaled 20 '^(TestWrongFingerprint|TestStrangersAtThePort|TestSilentTCP|TestHostileOffersCostLittle|TestCandidatesAreNeverDialled|TestFourMegabytes|TestThirdChannel|TestChannelFlood|TestUnreadReceiver|TestMicrophoneFlood|TestSourceFlood)$$' ./gateway/rtc

.PHONY: chaos
chaos: ## cut networks, hostile back ends, clients that vanish, a stop amid it all, with full counts
	@bash .ci/scaled 50 '^TestInvariants$$' ./session
	@bash .ci/scaled 20 '^(TestHostileBackEnds|TestSessionsDoNotCross|TestLateWordsOfASession|TestAbortPoints|TestCutAndResumed|TestCallThroughABadNetwork|TestStopAmidEverything|TestNothingBeforeTheAcknowledgement)$$' ./gateway
	@bash .ci/scaled 5 '^(TestOpenAndVanish|TestCutOfThreeSeconds|TestLossIsReported|TestRestart)$$' ./gateway/rtc

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME
	@bash .ci/fuzz '$(FUZZTIME)'

.PHONY: redact-score
redact-score: ## how much personal data is found, and how much is hidden that is none
	@go test -count=1 -v -run '^(TestQuality|TestScore|TestSynth)$$' ./redact

.PHONY: bench
bench: ## every benchmark
	go test -run '^$$' -bench . -benchmem ./...

.PHONY: figures
figures: ## what Mayfly is meant to reach, each beside a floor measured in the same run
	go run ./.ci/figures

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1: /p' Makefile
