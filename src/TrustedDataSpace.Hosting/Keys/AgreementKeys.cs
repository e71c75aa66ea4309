using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Hosting.Keys;

/// <summary>
/// The keys that others encrypt to: a key of its own beside the one that signs, sealed at rest like it and replaced together with it.
/// A replaced one still opens what was encrypted to it for <see cref="KeyOptions.Overlap"/>; then its private part is destroyed.
/// </summary>
public sealed class AgreementKeys : IDisposable
{
    /// <summary>Name in the <see cref="KeyStore"/>.</summary>
    public const string Name = "key-agreement";

    private readonly KeyStore keys;
    private readonly ServiceSettings settings;
    private readonly TimeProvider clock;
    private readonly Lock gate = new();
    private readonly Dictionary<string, AgreementKey> open = [];

    /// <summary>Makes the first key, if there is none: a unit of work must not wait for the unit of work that stores it.</summary>
    public AgreementKeys(KeyStore keys, ServiceSettings settings, TimeProvider clock)
    {
        this.keys = keys;
        this.settings = settings;
        this.clock = clock;
        _ = Current;
    }

    /// <summary>The key that is published.</summary>
    public PublicKey Current => keys.Signing(Name).Public;

    /// <summary>The key of that name, if it opens something now.</summary>
    public AgreementKey? Find(string kid)
    {
        if (keys.Open(Name, kid, clock.GetUtcNow()) is not { } stored)
        {
            return null;
        }

        lock (gate)
        {
            return open.TryGetValue(kid, out var known) ? known : open[kid] = AgreementKey.FromPkcs8(stored.ExportPkcs8());
        }
    }

    /// <summary>Another key is published in this unit of work.</summary>
    public void Replace(UnitOfWork unit)
    {
        using var next = SigningKey.Generate();
        keys.Replace(unit, Name, next, settings.Keys.Overlap);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var key in open.Values)
        {
            key.Dispose();
        }
    }
}
