// Asks a URL again and again, over connections that are kept and over fresh ones, and prints twice a second how many
// requests were answered and how many failed, with the first failure.
package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"
)

var (
	mutex            sync.Mutex
	answered, failed int
	first            = "-"
)

func main() {
	target, err := url.Parse(os.Args[1])
	if err != nil {
		panic(err)
	}
	// Once: a Service keeps its address, and the cluster's DNS is not what is tried here.
	host, port, err := net.SplitHostPort(target.Host)
	if err != nil {
		panic(err)
	}
	addresses, err := net.LookupHost(host)
	if err != nil {
		panic(err)
	}
	address := net.JoinHostPort(addresses[0], port)
	for range [4]int{} {
		go ask(target, address, true)
		go ask(target, address, false)
	}
	for {
		time.Sleep(500 * time.Millisecond)
		mutex.Lock()
		fmt.Printf("answered=%d failed=%d first=%q\n", answered, failed, first)
		mutex.Unlock()
	}
}

func ask(target *url.URL, address string, keep bool) {
	var connection *connection
	for {
		var err error
		if connection, err = connection.ask(target, address, keep); err != nil {
			connection = nil
		}
		mutex.Lock()
		if err == nil {
			answered++
		} else {
			if failed++; failed == 1 {
				first = err.Error()
			}
		}
		mutex.Unlock()
		time.Sleep(10 * time.Millisecond)
	}
}

// Go's own client asks again where a kept connection was closed under it, and a failure would not be seen.
type connection struct {
	net.Conn
	reader *bufio.Reader
}

// ask returns the connection that the next request goes over: none where a fresh one has to be made.
func (c *connection) ask(target *url.URL, address string, keep bool) (*connection, error) {
	if c == nil {
		conn, err := net.DialTimeout("tcp", address, 5*time.Second)
		if err != nil {
			return nil, err
		}
		c = &connection{conn, bufio.NewReader(conn)}
	}
	request := &http.Request{Method: http.MethodGet, URL: target, Host: target.Host, Close: !keep}
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	if err := request.Write(c); err != nil {
		c.Close()
		return nil, fmt.Errorf("write: %w", err)
	}
	response, err := http.ReadResponse(c.reader, request)
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("read: %w", err)
	}
	body := make([]byte, 4096)
	for err == nil {
		_, err = response.Body.Read(body)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		c.Close()
		return nil, fmt.Errorf("%s", response.Status)
	}
	if response.Close || !keep {
		c.Close()
		return nil, nil
	}
	return c, nil
}
