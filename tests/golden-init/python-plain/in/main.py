from http.server import HTTPServer, BaseHTTPRequestHandler

if __name__ == "__main__":
    HTTPServer(("", 8123), BaseHTTPRequestHandler).serve_forever()
