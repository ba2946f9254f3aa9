// Package openai answers through any server that speaks OpenAI's
// /chat/completions with a streamed reply: the hosted ones, and Ollama, vLLM,
// llama.cpp, LocalAI and their like.
//
// It sends the words of a bounded conversation and nothing about the person:
// no subject, no user, no session. It believes nothing but words: labels,
// settings and commands in a reply are not looked at, reasoning is not said,
// and what a failing server wrote does not leave this package.
package openai
