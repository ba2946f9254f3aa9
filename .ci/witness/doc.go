// Package witnesstest has the checkpoints that the real program publishes
// signed by a witness that others wrote, litewitness of Torchwood: in order,
// while it is dead, and after somebody with the gateway's key wrote the log
// anew. It is for tests only and no part of the program; it is a module of its
// own, so that the witness is not among the program's dependencies.
package witnesstest
