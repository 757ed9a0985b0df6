// Package house holds the rules of the house as tests, and nothing else: who may
// import whom, who owns which table, which SQL both databases speak, that every
// package and every exported name has its sentence.
package house
