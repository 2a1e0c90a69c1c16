// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.agent;

import static net.bytebuddy.matcher.ElementMatchers.isBridge;
import static net.bytebuddy.matcher.ElementMatchers.isConstructor;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.none;
import static net.bytebuddy.matcher.ElementMatchers.not;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import net.bytebuddy.agent.ByteBuddyAgent;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.agent.builder.AgentBuilder.RedefinitionStrategy;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.asm.AsmVisitorWrapper;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.implementation.bytecode.assign.Assigner;
import net.bytebuddy.matcher.ElementMatcher;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Weaves what {@link AgentPoint} names, as an agent will. */
public final class Weaver {

    private Weaver() {}

    /** @param executors whether the JDK is woven too */
    public static void weave(boolean executors) throws IOException {
        Instrumentation instrumentation = ByteBuddyAgent.install();
        if (executors) {
            instrumentation.appendToBootstrapClassLoaderSearch(bridgeJar());
            weave(instrumentation, AgentPoint.executors());
        }
        weave(instrumentation, AgentPoint.all());
        AgentAdvice.woven();
    }

    private static void weave(Instrumentation instrumentation, List<AgentPoint> points) {
        points.forEach(point -> load(point.className()));
        Map<String, List<AgentPoint>> byClass = points.stream().collect(Collectors.groupingBy(AgentPoint::className));
        AgentBuilder builder = new AgentBuilder.Default()
                .disableClassFormatChanges()
                .with(RedefinitionStrategy.RETRANSFORMATION)
                .with(AgentBuilder.Listener.StreamWriting.toSystemError().withErrorsOnly())
                .ignore(none());
        for (Map.Entry<String, List<AgentPoint>> entry : byClass.entrySet()) {
            builder = builder.type(named(entry.getKey())).transform((type, description, loader, module, domain) -> {
                for (AgentPoint point : entry.getValue()) {
                    type = type.visit(woven(point));
                }
                return type;
            });
        }
        builder.installOn(instrumentation);
    }

    /** Loaded first and woven afterwards: the advice classes below name some of these themselves. */
    private static void load(String className) {
        try {
            Class.forName(className);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean exactTypes(AgentPoint.Action action) {
        return switch (action) {
            case SOURCE_RESULT, HAND_OVER, THREAD_BODY -> true;
            default -> false;
        };
    }

    private static ElementMatcher.Junction<MethodDescription> invokable(String name) {
        return name.equals("<init>") ? isConstructor() : named(name);
    }

    private static Advice.WithCustomMapping mapping(AgentPoint point) {
        Advice.WithCustomMapping mapping = Advice.withCustomMapping();
        return switch (point.action()) {
            case HAND_OVER, THREAD_BODY ->
                mapping.bind(
                                Code.class,
                                new Advice.OffsetMapping.ForArgument.Unresolved(
                                        TypeDescription.ForLoadedType.of(Object.class)
                                                .asGenericType(),
                                        false,
                                        Assigner.Typing.DYNAMIC,
                                        point.argument()))
                        .bind(Type.class, point.firstParameterTypes().get(point.argument()));
            default -> mapping;
        };
    }

    private static AsmVisitorWrapper woven(AgentPoint point) {
        ElementMatcher.Junction<MethodDescription> method = invokable(point.methodName())
                .and(not(isBridge()))
                .and(new ElementMatcher<MethodDescription>() {
                    @Override
                    public boolean matches(MethodDescription candidate) {
                        List<String> types = candidate.getParameters().stream()
                                .map(parameter ->
                                        parameter.getType().asErasure().getName())
                                .toList();
                        int count = point.firstParameterTypes().size();
                        return types.size() >= count
                                && types.subList(0, count).equals(point.firstParameterTypes())
                                && (!exactTypes(point.action()) || types.size() == count);
                    }
                });
        return mapping(point)
                .to(
                        switch (point.action()) {
                            case GUARD_RESULT -> GuardResult.class;
                            case GUARD_ARGUMENT -> GuardArgument.class;
                            case CONTEXT_WRITTEN ->
                                point.className().endsWith("Flux") ? FluxWritten.class : MonoWritten.class;
                            case SOURCE_RESULT -> SourceResult.class;
                            case HAND_OVER -> HandOver.class;
                            case THREAD_BODY -> ThreadBody.class;
                        })
                .on(method);
    }

    private static JarFile bridgeJar() throws IOException {
        Path jar = Files.createTempFile("bridge", ".jar");
        jar.toFile().deleteOnExit();
        String entry =
                "dev/weir/context/agent/TaskBridge.class"; // by name: must not be loaded before it is on that path
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file);
                InputStream in = Weaver.class.getClassLoader().getResourceAsStream(entry)) {
            out.putNextEntry(new JarEntry(entry));
            in.transferTo(out);
            out.closeEntry();
        }
        return new JarFile(jar.toFile());
    }

    static final class GuardResult {
        @Advice.OnMethodExit
        static void exit(
                @Advice.Argument(0) Publisher<?> source, @Advice.Return(readOnly = false) CoreSubscriber<?> result) {
            result = AgentAdvice.guarded(source, result);
        }
    }

    static final class GuardArgument {
        @Advice.OnMethodEnter
        static void enter(
                @Advice.This Publisher<?> source,
                @Advice.Argument(value = 0, readOnly = false) CoreSubscriber<?> subscriber) {
            subscriber = AgentAdvice.guarded(source, subscriber);
        }
    }

    static final class FluxWritten {
        @Advice.OnMethodExit
        static void exit(@Advice.Return(readOnly = false) Flux<?> result) {
            result = AgentAdvice.contextWritten(result);
        }
    }

    static final class MonoWritten {
        @Advice.OnMethodExit
        static void exit(@Advice.Return(readOnly = false) Mono<?> result) {
            result = AgentAdvice.contextWritten(result);
        }
    }

    static final class SourceResult {
        @Advice.OnMethodExit
        static void exit(@Advice.Return(readOnly = false, typing = Assigner.Typing.DYNAMIC) Publisher<?> result) {
            result = AgentAdvice.source(result);
        }
    }

    /** The argument that a point names. */
    @Retention(RetentionPolicy.RUNTIME)
    @interface Code {}

    /** The name of its declared type. */
    @Retention(RetentionPolicy.RUNTIME)
    @interface Type {}

    static final class HandOver {
        @Advice.OnMethodEnter
        static void enter(@Code Object code, @Type String type) {
            code = TaskBridge.handOver(code, type);
        }
    }

    static final class ThreadBody {
        @Advice.OnMethodEnter
        static void enter(@Code Object body) {
            body = TaskBridge.threadBody(body);
        }
    }
}
