package io.millrace.invoicer.catalog;

import io.millrace.invoicer.tax.OrganizationTaxes;
import java.util.Map;
import java.util.UUID;

/// What terms may name: taxes of the organization, and metrics of it by their id.
record Known(Map<UUID, BillableMetrics.Current> metrics, OrganizationTaxes taxes) {}
