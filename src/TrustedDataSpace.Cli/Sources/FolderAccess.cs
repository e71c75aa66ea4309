using System.Text.Json;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Cli.Sources;

/// <summary>How a connector reaches a served folder: kept beside the folder, never inside, so that it is not served itself.</summary>
internal sealed record FolderAccess
{
    /// <summary>Where the folder is served, without a trailing slash.</summary>
    public required string Url { get; init; }

    /// <summary>What callers have to send.</summary>
    public required string Credential { get; init; }

    /// <summary>The file for a folder.</summary>
    public static string FileOf(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + ".source.json";

    /// <summary>Reads the file of a folder; null when it was never served.</summary>
    public static FolderAccess? Find(string folder)
    {
        var file = FileOf(folder);
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize<FolderAccess>(File.ReadAllBytes(file), ProtocolJson.Options) : null;
        }
        catch (JsonException failure)
        {
            throw new CannotStartException($"{file} is damaged: {failure.Message} Remove it, serve the folder again, and publish its products again.", failure);
        }
    }

    /// <summary>Notes where the folder is served now. The credential stays: connectors have it.</summary>
    public static FolderAccess Save(string folder, FolderAccess? known, string url)
    {
        var access = new FolderAccess { Url = url, Credential = known?.Credential ?? SecretHashes.Create("tds_source_") };
        if (access != known)
        {
            var draft = FileOf(folder) + ".new";
            File.Delete(draft);
            PrivateFile.Write(draft, JsonSerializer.SerializeToUtf8Bytes(access, ReadableJson.Options));
            File.Move(draft, FileOf(folder), overwrite: true);
        }

        return access;
    }

    /// <summary>Redacted: a record's own text would show the credential.</summary>
    public override string ToString() => Url;
}
