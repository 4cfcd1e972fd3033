package io.millrace.invoicer.reference;

import io.micronaut.aop.Intercepted;
import io.micronaut.web.router.UriRouteInfo;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A route of the control plane, and what has been learned of it by asking.
final class Route {
    private static final Pattern VARIABLE = Pattern.compile("\\{([^}]+)}");

    final String method;
    /// Such as `/api/v1/plans/{code}`.
    final String path;
    final Class<?> controller;
    final String handler;
    final boolean takesBody;
    /// Schemas of the address's parameters, by name.
    final Map<String, Map<String, Object>> parameters = new LinkedHashMap<>();
    /// Schemas of the body's fields, by path, such as `plan.charges[].code`.
    final Map<String, Map<String, Object>> fields = new LinkedHashMap<>();
    final Set<String> mandatory = new TreeSet<>();
    /// Fields that are refused with what [Explorer] gives them.
    final Set<String> refused = new TreeSet<>();
    /// Fields that the contract knows, but nothing could follow yet.
    final Set<String> unavailable = new TreeSet<>();
    /// What the answer holds, by name: a [Class] of records, a list of one, or an object as it is.
    final Map<String, Object> shown = new TreeMap<>();
    /// Refusals seen, by status.
    final Map<Integer, Map<?, ?>> refusals = new TreeMap<>();
    /// Name of the object in the body; empty where the body is the object, null while that is not known.
    @Nullable
    String resource;

    /// So far.
    int requests;

    @Nullable
    Object exampleRequest;

    @Nullable
    Object exampleAnswer;

    Route(UriRouteInfo<?, ?> info) {
        method = info.getHttpMethodName();
        path = info.getUriMatchTemplate().toString();
        var declaring = info.getTargetMethod().getDeclaringType();
        controller = Intercepted.class.isAssignableFrom(declaring) ? declaring.getSuperclass() : declaring;
        handler = info.getTargetMethod().getMethodName();
        takesBody = Arrays.asList(info.getTargetMethod().getArgumentTypes()).contains(byte[].class);
    }

    List<String> variables() {
        return VARIABLE.matcher(path).results().map(found -> found.group(1)).toList();
    }

    /// Such as `plans`.
    String collection() {
        return path.split("/")[3];
    }

    /// What was logged last is something else in each run.
    boolean hasExamples() {
        return !collection().endsWith("_logs");
    }

    boolean isAnswered() {
        return exampleAnswer != null;
    }

    /// True where the schema of its answer is known: of an object, or of plain text.
    boolean isShown() {
        return !shown.isEmpty() || exampleAnswer instanceof String;
    }

    /// Grows with whatever is learned.
    int known() {
        return parameters.toString().length()
                + fields.toString().length()
                + refused.size()
                + mandatory.size()
                + (resource == null ? 0 : 1);
    }

    @Override
    public String toString() {
        return method + " " + path;
    }
}
