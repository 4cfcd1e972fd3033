package io.millrace.invoicer.organization;

/// Who keeps to an organization's settings.
public interface SettingsFollower {
    /// Called inside the transaction that changes them.
    void follow(Organization before, Organization after);
}
