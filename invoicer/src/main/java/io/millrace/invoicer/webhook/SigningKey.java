package io.millrace.invoicer.webhook;

import io.micronaut.data.jdbc.runtime.JdbcOperations;
import io.micronaut.transaction.annotation.Transactional;
import io.millrace.invoicer.InvoicerSettings;
import io.millrace.invoicer.contract.Json;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The installation's RSA key pair, by which webhooks are signed as JWT (RFC 7519, `RS256`): receivers check them by
/// the public key alone. It is made when it is first needed, once, however many instances need it at once.
@Singleton
class SigningKey {
    private static final int BITS = 2048;
    private static final Base64.Encoder URL = Base64.getUrlEncoder().withoutPadding();
    private static final String HEADER = URL.encodeToString("{\"alg\":\"RS256\"}".getBytes(StandardCharsets.UTF_8));

    private final JdbcOperations jdbc;
    private final InvoicerSettings settings;
    private volatile @Nullable KeyPair known;

    SigningKey(JdbcOperations jdbc, InvoicerSettings settings) {
        this.jdbc = jdbc;
        this.settings = settings;
    }

    /// Base64 of the public key's PEM, as the contract hands it out.
    String publicKey() {
        var encoder = Base64.getMimeEncoder(64, new byte[] {'\n'});
        var pem = "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n"
                .formatted(encoder.encodeToString(pair().getPublic().getEncoded()));
        return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.UTF_8));
    }

    /// A token that holds the payload and the address of this installation's API.
    String sign(String payload) {
        var claims = Json.write(Map.of("data", payload, "iss", settings.apiUrl()));
        var signed = HEADER + "." + URL.encodeToString(claims.getBytes(StandardCharsets.UTF_8));
        try {
            var signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(pair().getPrivate());
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + URL.encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA256withRSA", e);
        }
    }

    private KeyPair pair() {
        var pair = known;
        if (pair == null) {
            pair = storedOrMade();
            known = pair;
        }
        return pair;
    }

    @Transactional
    KeyPair storedOrMade() {
        return stored().orElseGet(this::made);
    }

    private KeyPair made() {
        try {
            var generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(BITS);
            var pair = generator.generateKeyPair();
            jdbc.prepareStatement("""
                    insert into webhook_signing_key (id, private_key, public_key, created_at) values (1, ?, ?, now())
                    on conflict (id) do nothing""", statement -> {
                statement.setBytes(1, pair.getPrivate().getEncoded());
                statement.setBytes(2, pair.getPublic().getEncoded());
                return statement.executeUpdate();
            });
            // Another instance may have been first.
            return stored().orElseThrow();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform makes RSA keys", e);
        }
    }

    private Optional<KeyPair> stored() {
        return jdbc.prepareStatement("select private_key, public_key from webhook_signing_key", statement -> {
            try (var row = statement.executeQuery()) {
                return row.next() ? Optional.of(read(row.getBytes(1), row.getBytes(2))) : Optional.empty();
            }
        });
    }

    private static KeyPair read(byte[] privateKey, byte[] publicKey) {
        try {
            var keys = KeyFactory.getInstance("RSA");
            return new KeyPair(
                    keys.generatePublic(new X509EncodedKeySpec(publicKey)),
                    keys.generatePrivate(new PKCS8EncodedKeySpec(privateKey)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the stored key pair cannot be read", e);
        }
    }
}
