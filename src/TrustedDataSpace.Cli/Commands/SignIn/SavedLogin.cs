using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Cli.Commands.SignIn;

/// <summary>
/// What <c>tds login</c> keeps: one file with mode 0600 for each service, which client verbs find by the service's address. The folder is
/// below the user's own application data, or named by the variable <c>TDS_LOGIN_FOLDER</c>.
/// </summary>
internal sealed record SavedLogin
{
    private const string FolderVariable = "TDS_LOGIN_FOLDER";

    /// <summary>A token that ends sooner is not sent any more.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(20);

    /// <summary>Address of the service that the token opens.</summary>
    public required string Service { get; init; }

    /// <summary>Who issued it.</summary>
    public required string Issuer { get; init; }

    public required string TokenEndpoint { get; init; }

    public string? RevocationEndpoint { get; init; }

    public required string Client { get; init; }

    public required string AccessToken { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public string? RefreshToken { get; init; }

    /// <summary>The file for that service.</summary>
    public static string FileFor(string service) => Path.Combine(Folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(service)))[..24] + ".json");

    /// <summary>The logins of this user.</summary>
    public static IReadOnlyList<SavedLogin> All() =>
        Directory.Exists(Folder) ? [.. Directory.EnumerateFiles(Folder, "*.json").Order(StringComparer.Ordinal).Select(Read).OfType<SavedLogin>()] : [];

    /// <summary>The login for that service; null when there is none.</summary>
    public static SavedLogin? Find(string service) => Read(FileFor(service));

    /// <summary>A token for that service, refreshed where it has ended; null when nobody has signed in.</summary>
    /// <exception cref="CannotStartException">It has ended and cannot be refreshed.</exception>
    public static string? TokenFor(string service, HttpClient http, TimeProvider clock)
    {
        if (Find(service) is not { } login)
        {
            return null;
        }

        if (login.ExpiresAt - Margin > clock.GetUtcNow())
        {
            return login.AccessToken;
        }

        // A refresh token counts once: of two commands at a time the second waits and finds what the first has got.
        using var only = Lock(service);
        login = Find(service) ?? throw Over(service);
        if (login.ExpiresAt - Margin > clock.GetUtcNow())
        {
            return login.AccessToken;
        }

        var next = TokenEndpointClient.Refresh(login, http) ?? throw Over(service);
        (login with { AccessToken = next.AccessToken, ExpiresAt = clock.GetUtcNow().AddSeconds(next.ExpiresIn), RefreshToken = next.RefreshToken ?? login.RefreshToken }).Save();
        return next.AccessToken;
    }

    /// <summary>Writes the file in one step, readable for this user only.</summary>
    public void Save()
    {
        var folder = new Space.SpaceFolder(Folder);
        folder.Create();
        var draft = $"{FileFor(Service)}.{Environment.ProcessId}.new";
        File.Delete(draft);
        PrivateFile.Write(draft, JsonSerializer.SerializeToUtf8Bytes(this, ReadableJson.Options));
        File.Move(draft, FileFor(Service), overwrite: true);
    }

    /// <summary>Forgets it.</summary>
    public void Delete() => File.Delete(FileFor(Service));

    /// <summary>Redacted: a record's own text would show the tokens.</summary>
    public override string ToString() => $"{Service} by {Issuer}";

    private static string Folder => Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } named ? named : Space.SpaceFolder.Default("logins").Path;

    private static SavedLogin? Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<SavedLogin>(File.ReadAllBytes(file), ProtocolJson.Options);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException failure)
        {
            throw new CannotStartException($"{file} is damaged, sign in again (tds login): {failure.Message}", failure);
        }
    }

    private static FileStream Lock(string service)
    {
        var until = Environment.TickCount64 + 30_000;
        using var pause = new ManualResetEventSlim();
        while (true)
        {
            try
            {
                return new FileStream(FileFor(service) + ".lock", FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
            }
            catch (IOException) when (Environment.TickCount64 < until)
            {
                pause.Wait(20);
            }
        }
    }

    private static CannotStartException Over(string service) => new($"The login for {service} has ended: sign in again with 'tds login'.");
}
