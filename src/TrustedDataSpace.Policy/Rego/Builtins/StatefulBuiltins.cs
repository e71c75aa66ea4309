namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>The builtins whose result does not follow from their operands, by name; those of OPA that are not built in here, too.</summary>
internal static class StatefulBuiltins
{
    /// <summary>They read the time.</summary>
    public static readonly IReadOnlySet<string> Clocks = new HashSet<string>(StringComparer.Ordinal)
    {
        "time.now_ns", "io.jwt.decode_verify", "crypto.x509.parse_and_verify_certificates", "crypto.x509.parse_and_verify_certificates_with_options",
    };

    /// <summary>They draw lots, or ask the world.</summary>
    public static readonly IReadOnlySet<string> Chance =
        new HashSet<string>(StringComparer.Ordinal) { "rand.intn", "uuid.rfc4122", "opa.runtime", "http.send", "net.lookup_ip_addr", "io.jwt.encode_sign", "io.jwt.encode_sign_raw" };

    public static bool Contains(string name) => Clocks.Contains(name) || Chance.Contains(name);
}
