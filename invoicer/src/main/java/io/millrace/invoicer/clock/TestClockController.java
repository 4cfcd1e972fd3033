package io.millrace.invoicer.clock;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.transaction.annotation.Transactional;
import io.millrace.invoicer.contract.Fields;
import io.millrace.invoicer.contract.Ids;
import io.millrace.invoicer.contract.Paging;
import io.millrace.invoicer.contract.Refusal;
import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.Wire;
import io.millrace.invoicer.organization.Caller;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Test clocks: create one, attach customers to it, and let their time pass.
@Controller("/api/v1/test_clocks")
@ExecuteOn(TaskExecutors.BLOCKING)
class TestClockController {
    private static final String RESOURCE = "test_clock";

    private final TestClockRepository testClocks;
    private final Clocks clocks;

    TestClockController(TestClockRepository testClocks, Clocks clocks) {
        this.testClocks = testClocks;
        this.clocks = clocks;
    }

    /// @param status `advancing` while something is due that has not been done yet, else `ready`
    @Wire
    record TestClockObject(String lagoId, @Nullable String name, String now, String status, String createdAt) {}

    @Post
    @Consumes(MediaType.ALL)
    Map<String, Object> create(Caller caller, @Body byte @Nullable [] body) {
        var fields = Fields.of(body, RESOURCE);
        var name = fields.name("name");
        var now = fields.instant("now");
        fields.refuseViolations();
        var created = clocks.system();
        return shown(testClocks.save(new TestClock(
                UUID.randomUUID(), caller.organizationId(), name, now == null ? created : now, created, null)));
    }

    @Get
    Map<String, Object> list(Caller caller, HttpRequest<?> request) {
        var page = testClocks.findByOrganizationIdAndDeletedAtIsNullOrderByCreatedAtDesc(
                caller.organizationId(), Paging.of(request));
        return Paging.answer("test_clocks", page, this::object);
    }

    @Get("/{id}")
    Map<String, Object> get(Caller caller, String id) {
        return shown(find(caller, id));
    }

    /// Moves the clock forward and returns at once; everything that becomes due by it happens in order, until
    /// the clock is `ready` again.
    @Post("/{id}/advance")
    @Consumes(MediaType.ALL)
    Map<String, Object> advance(Caller caller, String id, @Body byte @Nullable [] body) {
        var clock = find(caller, id);
        var fields = Fields.of(body, RESOURCE);
        var now = fields.instant("now");
        if (!fields.isPresent("now")) fields.violated("now", "value_is_mandatory");
        fields.refuseViolations();
        if (now == null || testClocks.advance(clock.id(), now) == 0) {
            throw new Refusal.Invalid("now", "value_is_out_of_range");
        }
        return shown(find(caller, id));
    }

    /// Deletes a clock that no customer lives by any more.
    @Delete("/{id}")
    @Transactional
    Map<String, Object> delete(Caller caller, String id) {
        var clock = find(caller, id);
        testClocks.setDeleted(clock.id(), clocks.system());
        if (testClocks.countCustomers(clock.id()) > 0) throw new Refusal.NotAllowed("attached_to_customers");
        return shown(clock);
    }

    private TestClock find(Caller caller, String id) {
        return Ids.parse(id)
                .flatMap(
                        known -> testClocks.findByOrganizationIdAndIdAndDeletedAtIsNull(caller.organizationId(), known))
                .orElseThrow(() -> new Refusal.NotFound(RESOURCE));
    }

    private Map<String, Object> shown(TestClock clock) {
        return Map.of(RESOURCE, object(clock));
    }

    private TestClockObject object(TestClock clock) {
        return new TestClockObject(
                clock.id().toString(),
                clock.name(),
                Shown.time(clock.time()),
                testClocks.countDue(clock.id()) > 0 ? "advancing" : "ready",
                Shown.time(clock.createdAt()));
    }
}
