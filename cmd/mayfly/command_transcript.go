package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// transcriptCommands are `mayfly transcript ...`.
type transcriptCommands struct {
	List  transcriptList  `cmd:"" help:"List what is stored, without a word of it."`
	Read  transcriptRead  `cmd:"" help:"Print one transcript. That it was read is noted first."`
	Erase transcriptErase `cmd:"" help:"Erase one transcript. What a hold keeps stays."`
}

type transcriptList struct {
	whereFlags
	Avatar string `placeholder:"ID" shown:"all" help:"Only of this avatar."`
}

func (c *transcriptList) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	var rows [][]string
	for cursor := ""; ; {
		var page struct {
			Transcripts []struct {
				Session string    `json:"session"`
				Avatar  string    `json:"avatar"`
				Began   time.Time `json:"began_at"`
				Until   time.Time `json:"until"`
				Turns   int       `json:"turns"`
				Held    bool      `json:"held"`
			} `json:"transcripts"`
			Next string `json:"next"`
		}
		query := url.Values{"avatar": {c.Avatar}, "cursor": {cursor}}
		if err := h.call(ctx, http.MethodGet, "transcripts?"+query.Encode(), nil, &page); err != nil {
			return err
		}
		for _, t := range page.Transcripts {
			until := when(t.Until)
			if t.Held {
				until = "held"
			}
			rows = append(rows, []string{t.Session, t.Avatar, when(t.Began), fmt.Sprint(t.Turns), until})
		}
		if cursor = page.Next; cursor == "" {
			return table(out, []string{"SESSION", "AVATAR", "BEGAN", "TURNS", "KEPT UNTIL"}, rows)
		}
	}
}

type transcriptRead struct {
	whereFlags
	Session string `arg:"" placeholder:"ID" help:"The session, from mayfly transcript list."`
	Purpose string `required:"" placeholder:"PURPOSE" shown:"none; needed" help:"What it is read for: one that the person was told."`
	Form    string `default:"text" enum:"text,json,jsonl,vtt" placeholder:"FORM" shown:"text" help:"text, json, jsonl or vtt."`
}

func (c *transcriptRead) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	query := url.Values{"purpose": {c.Purpose}, "form": {c.Form}}
	return h.stream(ctx, "transcripts/"+url.PathEscape(c.Session)+"?"+query.Encode(), out)
}

type transcriptErase struct {
	whereFlags
	Session string `arg:"" placeholder:"ID" help:"The session, from mayfly transcript list."`
}

func (c *transcriptErase) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	var answer struct {
		Turns int `json:"turns"`
	}
	if err := h.call(ctx, http.MethodDelete, "transcripts/"+url.PathEscape(c.Session), nil, &answer); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "Erased: %d turns, and their key.\n", answer.Turns)
	return err
}
