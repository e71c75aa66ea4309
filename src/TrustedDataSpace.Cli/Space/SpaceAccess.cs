using System.Text.Json;
using System.Text.Json.Serialization;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Cli.Space;

/// <summary>
/// How the owner of a space on this machine reaches its services: kept in <c>access.json</c> of the space's folder (mode 0600), so
/// that <c>tds app</c> and others find the management tokens while and after the space runs.
/// </summary>
internal sealed record SpaceAccess
{
    /// <summary>The space.</summary>
    public required string Space { get; init; }

    /// <summary>The authority.</summary>
    public required ServiceAccess Authority { get; init; }

    /// <summary>The connectors by the short name of their participant.</summary>
    public required IReadOnlyDictionary<string, ServiceAccess> Participants { get; init; }

    /// <summary>What the source asks its callers for.</summary>
    public required string SourceCredential { get; init; }

    /// <summary>Reads the file of an earlier start; makes new tokens for what is not in it.</summary>
    /// <exception cref="CannotStartException">The folder belongs to another space, or the file cannot be read.</exception>
    public static SpaceAccess LoadOrCreate(SpaceFolder folder, SpaceDefinition definition)
    {
        var known = File.Exists(folder.AccessFile) ? Load(folder) : null;
        return known is null || known.Space == definition.Space
            ? new SpaceAccess
            {
                Space = definition.Space,
                Authority = known?.Authority ?? ServiceAccess.Create(definition.Authority.Id),
                Participants = definition.Participants.ToDictionary(
                    participant => participant.ShortName,
                    participant => known?.Participants.GetValueOrDefault(participant.ShortName) ?? ServiceAccess.Create(participant.Id)),
                SourceCredential = known?.SourceCredential ?? SecretHashes.Create("tds_source_"),
            }
            : throw new CannotStartException($"{folder.Path} holds the space '{known.Space}', not '{definition.Space}': name another folder with --data.");
    }

    /// <summary>Reads the file.</summary>
    /// <exception cref="CannotStartException">It is not there, or not what <see cref="Save"/> writes.</exception>
    public static SpaceAccess Load(SpaceFolder folder)
    {
        try
        {
            return JsonSerializer.Deserialize<SpaceAccess>(File.ReadAllBytes(folder.AccessFile), ProtocolJson.Options)
                ?? throw new CannotStartException($"{folder.AccessFile} is empty.");
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CannotStartException($"There is no {folder.AccessFile}: start the space with 'tds up', or name its folder with --data.", failure);
        }
        catch (JsonException failure)
        {
            throw new CannotStartException($"{folder.AccessFile} is damaged: {failure.Message}", failure);
        }
    }

    /// <summary>Writes the file, readable for this user only, in one step.</summary>
    public void Save(SpaceFolder folder)
    {
        var draft = folder.AccessFile + ".new";
        File.Delete(draft);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(draft, options))
        {
            JsonSerializer.Serialize(stream, this, ReadableJson.Options);
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, folder.AccessFile, overwrite: true);
    }

    /// <summary>A connector, by its participant's short name or DID.</summary>
    /// <exception cref="CannotStartException">There is none.</exception>
    public ServiceAccess Participant(string name) =>
        Participants.GetValueOrDefault(name) ?? Participants.Values.FirstOrDefault(service => service.Id == name)
            ?? throw new CannotStartException($"The space '{Space}' has no participant '{name}': name one with --participant: {string.Join(", ", Participants.Keys.Order())}.");
}

/// <summary>How the owner reaches one service.</summary>
internal sealed record ServiceAccess
{
    /// <summary>DID of whose service it is.</summary>
    public required string Id { get; init; }

    /// <summary>Address where it listened last; null before the first start.</summary>
    public string? Url { get; init; }

    /// <summary>Token of the management interface.</summary>
    public required string Token { get; init; }

    /// <summary>PEM file with the roots that vouch for it; null: the system's.</summary>
    [JsonIgnore]
    public string? TrustedCertificates { get; init; }

    /// <summary>A service that has not been started yet, with a new token.</summary>
    public static ServiceAccess Create(string id) => new() { Id = id, Token = SecretHashes.Create("tds_management_") };

    /// <summary>Redacted: a record's own text would show the token.</summary>
    public override string ToString() => $"{Id} at {Url}";
}
