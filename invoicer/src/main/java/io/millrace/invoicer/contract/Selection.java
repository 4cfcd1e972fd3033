package io.millrace.invoicer.contract;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

/// The rows of a table that a list is made of: those of one organization that fit every condition. The table has
/// the columns `id`, `organization_id` and `created_at`, and an index on the three.
public final class Selection {
    private final String table;
    private final StringBuilder conditions = new StringBuilder("t.organization_id = ?");
    private final List<Object> values = new ArrayList<>();
    private final UUID organization;

    private Selection(String table, UUID organization) {
        this.table = table;
        this.organization = organization;
        values.add(organization);
    }

    public static Selection of(String table, UUID organization) {
        return new Selection(table, organization);
    }

    /// @param condition SQL on the table `t`, with a `?` for each value: never a caller's text
    public Selection where(String condition, Object... given) {
        conditions.append(" and (").append(condition).append(')');
        values.addAll(List.of(given));
        return this;
    }

    /// The expression is one of the texts; any, where there are none.
    public Selection whereOneOf(String expression, Collection<String> texts) {
        return texts.isEmpty() ? this : where(expression + " = any(?)", (Object) texts.toArray(String[]::new));
    }

    /// One of the expressions has the text in it, in whatever case; any, where the text is blank.
    public Selection whereFound(String text, String... expressions) {
        if (text.isBlank()) return this;
        var pattern = "%" + text.strip().replaceAll("[\\\\%_]", "\\\\$0") + "%";
        var found = new ArrayList<String>();
        for (var expression : expressions) found.add(expression + " ilike ?");
        return where(
                String.join(" or ", found),
                Collections.nCopies(expressions.length, pattern).toArray());
    }

    /// Those of one customer, by its external id; none, if there is none.
    public Selection ofCustomer(String externalId) {
        return where("""
                t.customer_id = (select c.id from customers c
                where c.organization_id = ? and c.external_id = ? and c.deleted_at is null)""", organization, externalId);
    }

    /// Those of the billing entities that a request names: there are no billing entities, so there are none.
    public Selection ofBillingEntities(Fields parameters) {
        return parameters.listed("billing_entity_codes").isEmpty() ? this : where("false");
    }

    String table() {
        return table;
    }

    String conditions() {
        return conditions.toString();
    }

    List<Object> values() {
        return List.copyOf(values);
    }
}
