package io.millrace.invoicer.audit;

import io.micronaut.core.annotation.Order;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.filter.ConditionalFilter;
import io.micronaut.http.filter.FilterContinuation;
import io.micronaut.json.JsonMapper;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.transaction.TransactionOperations;
import io.micronaut.web.router.RouteAttributes;
import io.micronaut.web.router.Router;
import io.micronaut.web.router.UriRouteMatch;
import io.millrace.invoicer.clock.Clocks;
import io.millrace.invoicer.contract.ControlPlane;
import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.contract.ShownOnce;
import io.millrace.invoicer.organization.BearerKeyFilter;
import io.millrace.invoicer.organization.Caller;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Notes what each write of the API changes, whatever its route, in the transaction of the change.
///
/// ```
///  ┌──────────────────────────── one transaction ────────────────────────────┐
///  lock the resource ─▶ GET it ─▶ the write's route ─▶ note before and since ─▶ answer
///                                         └─ refused ─▶ roll back, note nothing
/// ```
///
/// What a resource was is what its own GET shows just before, to the same caller; what it is since is what the write
/// answers. So a new route is noted without being told to.
@ServerFilter(
        value = "/api/v1/**",
        methods = {HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE})
@Order(ActivityFilter.ORDER)
class ActivityFilter implements ConditionalFilter {
    /// After the one that answers a repeated request, which changes nothing.
    static final int ORDER = BearerKeyFilter.ORDER + 20;

    /// Last steps of POSTs that only ask.
    private static final Set<String> QUESTIONS = Set.of(
            "checkout_url",
            "download",
            "download_pdf",
            "download_xml",
            "estimate",
            "estimate_fees",
            "estimate_instant_fees",
            "batch_estimate_instant_fees",
            "evaluate_expression",
            "payment_url",
            "preview");
    /// What the contract calls otherwise than its words are formed.
    private static final Map<String, String> TYPES = Map.of(
            "subscription.created", "subscription.started",
            "subscription.deleted", "subscription.terminated",
            "dead_letter.re_drived", "dead_letter.re_driven",
            "re_drive.re_drived", "dead_letter.re_driven");

    private final TransactionOperations<Connection> transactions;
    private final Activities activities;
    private final Router router;
    private final JsonMapper json;
    private final Clocks clocks;

    ActivityFilter(
            TransactionOperations<Connection> transactions,
            Activities activities,
            Router router,
            JsonMapper json,
            Clocks clocks) {
        this.transactions = transactions;
        this.activities = activities;
        this.router = router;
        this.json = json;
        this.clocks = clocks;
    }

    /// What is written.
    ///
    /// @param address of the resource; null where it has none yet
    /// @param done such as `updated`
    private record Write(@Nullable String address, String done) {}

    /// A resource as the API shows it.
    ///
    /// @param word such as `plan`
    private record Resource(String word, Map<?, ?> fields) {}

    @Override
    public boolean isEnabled(HttpRequest<?> request) {
        return ControlPlane.needsKey(request)
                && RouteAttributes.getRouteMatch(request).isPresent()
                && !QUESTIONS.contains(last(request.getPath()));
    }

    @RequestFilter
    @ExecuteOn(TaskExecutors.BLOCKING)
    HttpResponse<?> note(
            HttpRequest<?> request,
            Caller caller,
            @Body @io.micronaut.core.annotation.Nullable byte @Nullable [] body,
            FilterContinuation<HttpResponse<?>> route) {
        var write = write(request, body);
        return transactions.executeWrite(transaction -> {
            if (write.address() != null) lock(transaction.getConnection(), caller, write.address());
            var before = write.address() == null ? Optional.<Resource>empty() : shown(request, caller, write.address());
            // Given a request, a continuation takes the transaction along to the route's thread.
            var response = route.request(request).proceed();
            if (response.code() >= 400) transaction.setRollbackOnly();
            else note(request, caller, write, before, response);
            return response;
        });
    }

    private void note(
            HttpRequest<?> request, Caller caller, Write write, Optional<Resource> before, HttpResponse<?> response) {
        var answer = ShownOnce.insteadOf(request).<Object>map(body -> body).orElse(response.body());
        var after = resource(answer).or(() -> before).orElseGet(() -> new Resource(collection(request), Map.of()));
        boolean isNew = write.done().equals("created") && before.isEmpty();
        var done = write.done().equals("created") && !isNew ? "updated" : write.done();
        var type = after.word() + "." + done;
        var id = after.fields().get("lago_id") instanceof String known ? known : last(address(write));
        activities.note(
                caller.organizationId(),
                Activity.of(
                        TYPES.getOrDefault(type, type),
                        caller.apiKeyId(),
                        after.word(),
                        id,
                        before.map(Resource::fields).orElse(Map.of()),
                        after.fields(),
                        clocks.system()));
    }

    private Write write(HttpRequest<?> request, byte @Nullable [] body) {
        var path = request.getPath();
        boolean isPost = request.getMethod() == HttpMethod.POST;
        var done = request.getMethod() == HttpMethod.DELETE ? "deleted" : "updated";
        if (router.route(HttpMethod.GET, path).isPresent() && !isVerb(request)) {
            if (!isPost) return new Write(path, done);
            var name = externalId(body);
            return new Write(name == null ? null : path + "/" + name, "created");
        }
        var parent = path.substring(0, path.lastIndexOf('/'));
        if (!isPost) return new Write(parent, "updated");
        var verb = last(path);
        return new Write(isCollection(parent) ? null : parent, verb.endsWith("e") ? verb + "d" : verb + "ed");
    }

    /// True where the path's last step is a word of the route that only looks like the name of a resource:
    /// `re_drive` in `/dead_letters/re_drive`.
    private static boolean isVerb(HttpRequest<?> request) {
        var template = RouteAttributes.getRouteMatch(request)
                .filter(UriRouteMatch.class::isInstance)
                .map(match -> ((UriRouteMatch<?, ?>) match)
                        .getRouteInfo()
                        .getUriMatchTemplate()
                        .toString())
                .orElse("");
        return request.getMethod() == HttpMethod.POST
                && !template.endsWith("}")
                && isCollection(template.substring(0, Math.max(0, template.lastIndexOf('/'))));
    }

    /// Such as `/api/v1/plans`.
    private static boolean isCollection(String path) {
        return path.chars().filter(character -> character == '/').count() == 3;
    }

    /// What a resource that is created or changed by the same route is named by.
    private static @Nullable String externalId(byte @Nullable [] body) {
        if (body == null || body.length == 0) return null;
        try {
            return Json.parse(body) instanceof Map<?, ?> map
                            && map.size() == 1
                            && map.values().iterator().next() instanceof Map<?, ?> fields
                            && fields.get("external_id") instanceof String name
                            && !name.isBlank()
                    ? URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20")
                    : null;
        } catch (Refusal.BadRequest e) {
            // The route says so, too.
            return null;
        }
    }

    /// What the GET of an address answers to the caller; empty where it finds nothing. Who finds nothing must have no
    /// transaction of its own: its refusal would doom this one, and the route may find what has come meanwhile.
    private Optional<Resource> shown(HttpRequest<?> request, Caller caller, String address) {
        return router.route(HttpMethod.GET, address).flatMap(match -> {
            var arguments = Arrays.stream(match.getArguments())
                    .map(argument -> {
                        if (argument.getType() == Caller.class) return caller;
                        if (argument.getType() == HttpRequest.class) return request;
                        return match.getVariableValues().get(argument.getName());
                    })
                    .toArray();
            try {
                return resource(match.getExecutableMethod().invoke(match.getTarget(), arguments));
            } catch (Refusal e) {
                return Optional.empty();
            }
        });
    }

    /// The one object that a body is about, with its fields as plain values; without the plan that is shown with a
    /// subscription, whose changes are its own.
    private Optional<Resource> resource(@Nullable Object body) {
        if (!(body instanceof Map<?, ?> map) || map.size() != 1) return Optional.empty();
        try {
            if (!(Json.parse(json.writeValueAsBytes(map)) instanceof Map<?, ?> plain)) return Optional.empty();
            var word = String.valueOf(plain.keySet().iterator().next());
            if (!(plain.get(word) instanceof Map<?, ?> shown)) return Optional.empty();
            var fields = new LinkedHashMap<>(shown);
            fields.remove("plan");
            return Optional.of(new Resource(word, fields));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Writes of one resource by its address wait for each other until commit, so that what one has left is what the
    /// next one finds.
    private static void lock(Connection connection, Caller caller, String address) throws SQLException {
        try (var statement = connection.prepareStatement("select pg_advisory_xact_lock(hashtextextended(?, 0))")) {
            statement.setString(1, "write of " + caller.organizationId() + address);
            statement.execute();
        }
    }

    private static String collection(HttpRequest<?> request) {
        var steps = List.of(request.getPath().split("/"));
        return steps.size() > 3 ? steps.get(3).replaceFirst("s$", "") : "";
    }

    private static String address(Write write) {
        return write.address() == null ? "" : write.address();
    }

    private static String last(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
