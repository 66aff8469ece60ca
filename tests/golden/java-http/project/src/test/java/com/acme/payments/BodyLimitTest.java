package com.acme.payments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.FilterChain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.web.server.ResponseStatusException;

class BodyLimitTest {
    private static final FilterChain READS_ALL = (request, response) ->
            response.getWriter().print(request.getInputStream().readAllBytes().length);

    private static MockHttpServletRequest request(int size, boolean lengthIsKnown) {
        var request = new MockHttpServletRequest() {
            @Override
            public long getContentLengthLong() {
                return lengthIsKnown ? size : -1;
            }
        };
        request.setContent(new byte[size]);
        return request;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsSmallEnoughIsRead(boolean lengthIsKnown) throws Exception {
        var response = new MockHttpServletResponse();
        new BodyLimit().doFilter(request(BodyLimit.MAX_BODY, lengthIsKnown), response, READS_ALL);
        assertThat(response.getContentAsString()).isEqualTo(String.valueOf(BodyLimit.MAX_BODY));
    }

    @Test
    void whatSaysThatItIsTooLargeIsRefused() throws Exception {
        var response = new MockHttpServletResponse();
        new BodyLimit().doFilter(request(BodyLimit.MAX_BODY + 1, true), response, READS_ALL);
        assertThat(response.getStatus()).isEqualTo(413);
    }

    @Test
    void whatTurnsOutToBeTooLargeIsRefused() {
        var request = request(BodyLimit.MAX_BODY + 1, false);
        assertThatThrownBy(() -> new BodyLimit().doFilter(request, new MockHttpServletResponse(), READS_ALL))
                .isInstanceOf(ResponseStatusException.class)
                .hasMessageContaining("413");
    }
}
