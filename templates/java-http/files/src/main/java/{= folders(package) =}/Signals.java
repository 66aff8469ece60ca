package {= package =};

import java.lang.reflect.Proxy;
import java.util.List;

/** SIGTERM and Ctrl-C. */
final class Signals {
    private Signals() {}

    /**
     * From now on one of them runs {@code handler}, and the JVM does nothing on its own.
     *
     * <p>Only sun.misc.Signal can do that; by reflection, because the compiler's warning of its name cannot be
     * suppressed.
     */
    static void handle(Runnable handler) {
        try {
            var signal = Class.forName("sun.misc.Signal");
            var type = Class.forName("sun.misc.SignalHandler");
            var proxy = Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, args) -> {
                handler.run();
                return null;
            });
            for (var name : List.of("TERM", "INT")) {
                var named = signal.getConstructor(String.class).newInstance(name);
                signal.getMethod("handle", signal, type).invoke(null, named, proxy);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("no way to handle signals", e);
        }
    }
}
