using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Signatures;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// The provider's keys of flows. None is stored: each is derived (HKDF, RFC 5869) from one sealed secret, the flow and the number of its
/// key, so that a start message that is sent again carries the same key. What signs a request is derived once more, from the flow's
/// key and the name of this process: a signature serves at one process alone, whose memory of used nonces is all there must be.
/// </summary>
internal sealed class FlowKeys
{
    private const string SecretName = "flow-keys";

    private readonly ConcurrentDictionary<string, FlowBinding> bindings = new();
    private readonly Database database;
    private readonly ServiceSettings settings;
    private readonly byte[] secret;

    public FlowKeys(Database database, ServiceSettings settings, KeyStore keys)
    {
        this.database = database;
        this.settings = settings;
        secret = Secret(keys);
    }

    /// <summary>Name of this process: at random for each start.</summary>
    public string Replica { get; } = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(12));

    /// <summary>The provider starts the flow, or starts it again: its consumer gets another key.</summary>
    public void Next(UnitOfWork unit, string flow)
    {
        unit.Execute(
            "UPDATE flows SET key_number = key_number + 1, binding = NULL WHERE space_id = @Space AND role = @Role AND flow = @flow",
            new { unit.Space, Role = FlowRow.Provider, flow });
        unit.OnCommitted(() => bindings.TryRemove(flow, out _));
    }

    /// <summary>Whether the flow has a key that was not yet written for its consumer.</summary>
    public static bool IsOwed(UnitOfWork unit, string flow) => unit.Find<long>(
        "SELECT count(*) FROM flows WHERE space_id = @Space AND role = @Role AND flow = @flow AND key_number > 0 AND binding IS NULL",
        new { unit.Space, Role = FlowRow.Provider, flow }) > 0;

    /// <summary>What the tokens of the flow are bound to.</summary>
    public FlowBinding BindingOf(string flow)
    {
        if (bindings.TryGetValue(flow, out var known))
        {
            return known;
        }

        var row = database.Read(connection => connection.QuerySingleOrDefault<Row>(
            "SELECT key_number AS Number, binding AS Binding FROM flows WHERE space_id = @Id AND role = @Role AND flow = @flow",
            new { settings.Space.Id, Role = FlowRow.Provider, flow }));
        var found = FlowBinding.Of(row?.Number ?? 0, row?.Binding);

        // What is not settled yet may be so in a moment, by a commit that this look has not seen.
        return found.Kind == FlowBindingKind.None ? found : bindings.GetOrAdd(flow, found);
    }

    /// <summary>Settles it. A flow that was started again meanwhile stays unsettled.</summary>
    public async Task<FlowBinding> BindAsync(string flow, FlowBinding binding)
    {
        await database.WriteAsync(unit =>
        {
            var changed = unit.Execute(
                "UPDATE flows SET binding = @Column WHERE space_id = @Space AND role = @Role AND flow = @flow AND key_number = @Number",
                new { unit.Space, Role = FlowRow.Provider, flow, Column = binding.ToColumn(), binding.Number });
            if (changed > 0)
            {
                unit.OnCommitted(() => bindings[flow] = binding);
            }
        });
        return BindingOf(flow);
    }

    /// <summary>The flow is over.</summary>
    public void End(UnitOfWork unit, string flow) => unit.OnCommitted(() => bindings.TryRemove(flow, out _));

    /// <summary>The key of the flow, for its consumer.</summary>
    public byte[] KeyOf(string flow, long number) => HKDF.DeriveKey(
        HashAlgorithmName.SHA256,
        secret,
        SignatureKey.Bytes,
        info: Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"tds flow key\n{settings.Space.Id}\n{flow}\n{number}")));

    /// <summary>The key that signs requests of the flow to one process of its provider.</summary>
    public static SignatureKey RequestKey(byte[] flowKey, string replica) => new(HKDF.DeriveKey(
        HashAlgorithmName.SHA256, flowKey, SignatureKey.Bytes, info: Encoding.UTF8.GetBytes("tds request key\n" + replica)));

    private byte[] Secret(KeyStore keys)
    {
        if (Stored() is { } known)
        {
            return keys.Open(known, SecretName);
        }

        var box = keys.Seal(RandomNumberGenerator.GetBytes(SignatureKey.Bytes), SecretName);
        database.WriteAsync(unit => unit.Execute(
            "INSERT INTO flow_secrets (space_id, name, sealed) VALUES (@Space, @SecretName, @box) ON CONFLICT (space_id, name) DO NOTHING",
            new { unit.Space, SecretName, box })).GetAwaiter().GetResult();
        return keys.Open(Stored()!, SecretName);
    }

    private string? Stored() => database.Read(connection => connection.QuerySingleOrDefault<string>(
        "SELECT sealed FROM flow_secrets WHERE space_id = @Id AND name = @SecretName", new { settings.Space.Id, SecretName }));

    private sealed record Row(long Number, string? Binding);
}
