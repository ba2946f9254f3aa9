package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"mayfly/gateway/egress"
)

// drillFlags are `mayfly drill`.
type drillFlags struct {
	Data   string `placeholder:"FOLDER" shown:"$$XDG_DATA_HOME/mayfly, or ~/.local/share/mayfly" help:"The data folder of the gateway that runs."`
	Tenant string `placeholder:"ID" shown:"one that is made for the drill, and ended" help:"Whose incident it is: its webhook is told. The canary is said to a tenant that is made for the drill all the same."`
}

func (c *drillFlags) where() *whereFlags { return &whereFlags{Data: c.Data, Tenant: c.Tenant} }

// drillAsked is what the gateway is asked.
type drillAsked struct {
	Tenant  string `json:"tenant,omitempty"`
	Outside string `json:"outside"` // a server of the command's, which nobody declared
}

// drillLine is a line of the answer: a step, or how it ended.
type drillLine struct {
	Step *drillStep `json:"step,omitempty"`
	End  *drillEnd  `json:"end,omitempty"`
}

type drillEnd struct {
	Well  bool   `json:"well"`
	Error string `json:"error,omitempty"`
}

func (c *drillFlags) run(ctx context.Context, h *host, out io.Writer) error {
	// The server that nobody declared is this process: what the gateway sends
	// to itself is no way out.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("no server can be opened on this machine (%w)", reason(err))
	}
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, 1<<10))
		w.WriteHeader(http.StatusNoContent)
	})}
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	res, err := h.open(ctx, http.MethodPost, "/drill", "", drillAsked{Tenant: c.Tenant, Outside: l.Addr().String()})
	if err != nil {
		return err
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		var said drillLine
		if err := json.Unmarshal(lines.Bytes(), &said); err != nil {
			return err
		}
		switch {
		case said.End != nil:
			return drillResult(out, said.End)
		case said.Step != nil:
			printStep(out, said.Step)
		}
	}
	return errors.Join(errors.New("the drill ended too early; look at the gateway's log"), lines.Err())
}

func drillResult(out io.Writer, e *drillEnd) error {
	switch {
	case e.Error != "":
		return errors.New(e.Error)
	case !e.Well:
		return errors.New("the drill failed: a leak like this would not be dealt with as it has to be")
	}
	_, err := fmt.Fprintln(out, "The leak was found, and dealt with as a real one would be.")
	return err
}

func printStep(out io.Writer, s *drillStep) {
	how := "well"
	if !s.OK {
		how = "FAILED"
	}
	fmt.Fprintf(out, "%8.1f s  %-6s  %s\n", float64(s.MS)/1000, how, s.Name)
	if s.Said != "" {
		fmt.Fprintf(out, "%20s%s\n", "", s.Said)
	}
}

// watcher is who is told of connections; nil: no gateway runs.
func (o *operator) watcher() *egress.Watch {
	if o.drill == nil {
		return nil
	}
	return o.drill.app.incidents.watcher()
}

// runDrill answers step by step, one line of JSON each.
func (o *operator) runDrill(w http.ResponseWriter, r *http.Request) {
	if o.drill == nil {
		sayWrong(w, http.StatusConflict, errors.New("no gateway runs on this data folder: a drill needs one; start it, and say this again"))
		return
	}
	var asked drillAsked
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&asked); err != nil {
		sayWrong(w, http.StatusBadRequest, errors.New("say which server nobody declared"))
		return
	}
	if asked.Tenant != "" && o.directory.Tenant(asked.Tenant) == nil {
		sayWrong(w, http.StatusNotFound, errors.New("there is no tenant "+asked.Tenant+"; mayfly tenant list names them"))
		return
	}
	w.Header().Set("Content-Type", "application/jsonl")
	send := func(v drillLine) {
		_ = json.NewEncoder(w).Encode(v)
		_ = http.NewResponseController(w).Flush()
	}
	well, err := o.drill.run(r.Context(), asked.Tenant, &url.URL{Scheme: "http", Host: asked.Outside}, func(s drillStep) { send(drillLine{Step: &s}) })
	end := drillEnd{Well: well}
	if err != nil {
		end.Error = err.Error()
	}
	send(drillLine{End: &end})
}
