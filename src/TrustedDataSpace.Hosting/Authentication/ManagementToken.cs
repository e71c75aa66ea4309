using System.Security.Cryptography;
using System.Text;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>The bearer token of the management interface. No default: given by the settings, or made at the first start.</summary>
public sealed class ManagementToken(Database database, SecretHashes hashes, ServiceSettings settings)
{
    private const string Name = "management";
    private const int LeastCharacters = 32;

    private byte[] expected = [];
    private string? made;

    /// <summary>Reads the token, or makes one; from now on it is accepted. Nothing is kept yet: a start that fails shows no token, so it must not keep one.</summary>
    /// <exception cref="InvalidSettingsException">The token of the settings is too short.</exception>
    public void Open()
    {
        var given = settings.Management.Token;
        if (given is { Length: < LeastCharacters })
        {
            throw new InvalidSettingsException([$"Management:Token is shorter than {LeastCharacters} characters"]);
        }

        var stored = hashes.Find(Name);
        made = given is null && stored is null ? SecretHashes.Create("tds_management_") : null;
        var hash = (given ?? made) is { } token ? SecretHashes.Hash(token) : stored!;
        expected = Encoding.ASCII.GetBytes(hash);
    }

    /// <summary>Keeps the hash. Returns the token if it was made at this start: the only time it can be shown.</summary>
    public async Task<string?> KeepAsync()
    {
        var hash = Encoding.ASCII.GetString(expected);
        if (hash != hashes.Find(Name))
        {
            await database.WriteAsync(unit => SecretHashes.Put(unit, Name, hash));
        }

        return made;
    }

    /// <summary>Whether this is the token, in constant time.</summary>
    public bool Matches(string token) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(SecretHashes.Hash(token)), expected);
}
