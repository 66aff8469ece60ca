package {= package =};

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Takes requests for a moment longer after the service was told to stop and turned not ready, so that a load balancer
 * that asks /readyz can look elsewhere first. Each answer of that time ends its connection: none is cut off when Tomcat
 * closes.
 */
@Component
class Drain implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(Drain.class);

    /** How long connections that were just opened may take to send their request. */
    private static final Duration LAST_REQUESTS = Duration.ofSeconds(1);

    private final WebServerApplicationContext context;
    private final Duration delay;
    private volatile boolean running;

    Drain(WebServerApplicationContext context, @Value("${drain-delay}") Duration delay) {
        this.context = context;
        this.delay = delay;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        LOG.atInfo().addKeyValue("delay", delay).log("draining");
        running = false;
        if (!(context.getWebServer() instanceof TomcatWebServer server)) {
            return;
        }
        var connector = server.getTomcat().getConnector();
        connector.setProperty("maxKeepAliveRequests", "1");
        try {
            Thread.sleep(delay.toMillis());
            // Tomcat drops what it accepts while it is being paused. So it stops accepting first.
            connector.getProtocolHandler().closeServerSocketGraceful();
            Thread.sleep(LAST_REQUESTS.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Started last and stopped first, before the web server. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
