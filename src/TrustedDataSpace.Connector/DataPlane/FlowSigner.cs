using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using TrustedDataSpace.Protocol.Signatures;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>The consumer's key of one flow: signs its requests. Each process signs in a session of its own, in which it numbers requests.</summary>
internal sealed class FlowSigner
{
    private readonly byte[] key;
    private readonly ulong session = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private long sequence;
    private Derived? derived;

    /// <param name="number">Number of the key.</param>
    /// <param name="key">32 bytes.</param>
    public FlowSigner(long number, byte[] key)
    {
        Number = number;
        this.key = key;
    }

    /// <summary>Number of the key, as the provider counts.</summary>
    public long Number { get; }

    /// <summary>Reads what <see cref="ToText"/> wrote.</summary>
    public static FlowSigner Parse(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        return new FlowSigner(long.Parse(text.AsSpan(0, point), NumberStyles.None, CultureInfo.InvariantCulture), Base64Url.DecodeFromChars(text.AsSpan(point + 1)));
    }

    /// <summary>The secret as text: to be sealed before it is stored.</summary>
    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"{Number}.{Base64Url.EncodeToString(key)}");

    /// <summary>Signs a request for one process of the provider. Signing again replaces the signature.</summary>
    /// <param name="request">Ready to be sent: its address is canonical.</param>
    /// <param name="replica">Name of the process.</param>
    /// <param name="created">Now, seconds since 1970.</param>
    public void Sign(HttpRequestMessage request, string replica, long created)
    {
        var present = Volatile.Read(ref derived);
        if (present?.Replica != replica)
        {
            present = new Derived(replica, string.Create(CultureInfo.InvariantCulture, $"{Number}.{replica}"), FlowKeys.RequestKey(key, replica));
            Volatile.Write(ref derived, present);
        }

        var address = request.RequestUri!;
        var signed = new SignedRequest
        {
            Method = request.Method.Method,
            Authority = AuthorityOf(address),
            Path = address.AbsolutePath,
            Query = address.Query,
            Fields = FieldsOf(request),
        };
        var parameters = new SignatureParameters { Created = created, Session = session, Sequence = (ulong)Interlocked.Increment(ref sequence), KeyId = present.KeyId };
        var (input, signature) = RequestSignature.Sign(signed, parameters, present.Key);
        request.Headers.Remove(RequestSignature.InputHeader);
        request.Headers.Remove(RequestSignature.Header);
        request.Headers.TryAddWithoutValidation(RequestSignature.InputHeader, input);
        request.Headers.TryAddWithoutValidation(RequestSignature.Header, signature);
    }

    /// <summary>Redacted.</summary>
    public override string ToString() => $"key {Number}";

    // As the client writes it into the header Host.
    private static string AuthorityOf(Uri address)
    {
        var host = address.HostNameType == UriHostNameType.IPv6 ? address.Host : address.IdnHost;
        return address.IsDefaultPort ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{address.Port}");
    }

    private static SignedFields FieldsOf(HttpRequestMessage request)
    {
        var fields = default(SignedFields);
        for (var i = 0; i < SignedFields.Count; i++)
        {
            var name = SignedFields.Names[i];
            if (request.Headers.NonValidated.TryGetValues(name, out var values) || (request.Content?.Headers.NonValidated.TryGetValues(name, out values) ?? false))
            {
                fields[i] = values.ToString();
            }
        }

        return fields;
    }

    private sealed record Derived(string Replica, string KeyId, SignatureKey Key);
}
