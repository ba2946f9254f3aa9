module mayfly/browser

go 1.26.0

replace (
	mayfly => ../..
	mayfly.test/started => ../started
)

require (
	github.com/chromedp/cdproto v0.159.0
	github.com/chromedp/chromedp v0.23.0
	mayfly v0.0.0
	mayfly.test/started v0.0.0
)

require golang.org/x/mod v0.42.0

require (
	github.com/go-json-experiment/json v1.27.2 // indirect
	github.com/gorilla/websocket v1.5.3
)
