package io.millrace.invoicer.organization;

import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.Wire;
import java.util.Map;

/// The organization that a key speaks for.
@Controller("/api/v1/organizations")
@ExecuteOn(TaskExecutors.BLOCKING)
class OrganizationController {
    private final Organizations organizations;

    OrganizationController(Organizations organizations) {
        this.organizations = organizations;
    }

    @Wire
    record OrganizationObject(String lagoId, String name, String createdAt) {}

    @Get
    Map<String, Object> get(Caller caller) {
        var organization = organizations.get(caller.organizationId());
        return Map.of(
                "organization",
                new OrganizationObject(
                        organization.id().toString(), organization.name(), Shown.time(organization.createdAt())));
    }
}
