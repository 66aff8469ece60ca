package com.acme.payments;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Writes one line for each request, when it is answered. Those of probes and of Prometheus are only worth one when they
 * fail.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
class RequestLog extends OncePerRequestFilter {
    private static final Logger LOG = LoggerFactory.getLogger(RequestLog.class);
    private static final Set<String> PROBES = Set.of("/healthz", "/readyz");

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        var start = System.nanoTime();
        var failed = true;
        try {
            chain.doFilter(request, response);
            failed = false;
        } finally {
            log(request, failed ? HttpServletResponse.SC_INTERNAL_SERVER_ERROR : response.getStatus(), start);
        }
    }

    private static void log(HttpServletRequest request, int status, long start) {
        var path = request.getRequestURI();
        var probe = PROBES.contains(path);
        if ((probe || path.equals("/metrics")) && status == HttpServletResponse.SC_OK) {
            return;
        }
        // A probe that is told "draining" is no error.
        var line = LOG.atLevel(status >= 500 && !probe ? Level.ERROR : Level.INFO)
                .addKeyValue("method", request.getMethod())
                .addKeyValue("path", path)
                .addKeyValue("status", status)
                .addKeyValue("milliseconds", (System.nanoTime() - start) / 1_000 / 1_000.0)
                .addKeyValue("remote", request.getRemoteAddr());
        var id = request.getHeader("X-Request-Id");
        if (id != null) {
            line = line.addKeyValue("request_id", id);
        }
        line.log("request");
    }
}
