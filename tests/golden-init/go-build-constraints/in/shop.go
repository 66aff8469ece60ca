// Package shop is a library.
package shop
