using Dapper;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Hosting.Keys;

/// <summary>The service's private keys: made once, sealed under the master key, kept in the database.</summary>
public sealed class KeyStore(Database database, ServiceSettings settings) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, SigningKey> open = [];
    private MasterKey? masterKey;

    /// <summary>The key of that name; made and stored durably when there is none.</summary>
    public SigningKey Signing(string name)
    {
        lock (gate)
        {
            return open.TryGetValue(name, out var key) ? key : open[name] = LoadOrCreate(name);
        }
    }

    /// <summary>Opens every key there is: a wrong master key stops the start, not the first use.</summary>
    /// <exception cref="InvalidOperationException">The master key is missing, or not the one the keys were sealed under.</exception>
    public void OpenAll()
    {
        foreach (var name in database.Read(connection => connection.Query<string>(
            "SELECT name FROM signing_keys WHERE space_id = @Id", new { settings.Space.Id })))
        {
            Signing(name);
        }
    }

    /// <summary>Seals a secret (such as the credential of a data source) under the master key.</summary>
    public string Seal(ReadOnlySpan<byte> secret, string context)
    {
        lock (gate)
        {
            return Master().Seal(secret, context);
        }
    }

    /// <summary>Opens a sealed secret.</summary>
    public byte[] Open(string box, string context)
    {
        lock (gate)
        {
            return Master().Open(box, context);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        masterKey?.Dispose();
        foreach (var key in open.Values)
        {
            key.Dispose();
        }
    }

    private SigningKey LoadOrCreate(string name)
    {
        var space = settings.Space.Id;
        var box = database.Read(connection => connection.QuerySingleOrDefault<string>(
            "SELECT sealed FROM signing_keys WHERE space_id = @space AND name = @name", new { space, name }));
        if (box is not null)
        {
            return SigningKey.FromPkcs8(Master().Open(box, Context(name)));
        }

        var key = SigningKey.Generate();
        var sealedKey = Master().Seal(key.ExportPkcs8(), Context(name));
        database.WriteAsync(unit => unit.Execute(
            "INSERT INTO signing_keys (space_id, name, kid, sealed, created_at) VALUES (@Space, @name, @Kid, @sealedKey, @Now)",
            new { unit.Space, name, key.Kid, sealedKey, Now = unit.Now.ToUnixTimeMilliseconds() })).GetAwaiter().GetResult();
        return key;
    }

    private MasterKey Master() => masterKey ??= MasterKey.Open(
        settings,
        database.Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM signing_keys")) > 0);

    private static string Context(string name) => "signing-key:" + name;
}
