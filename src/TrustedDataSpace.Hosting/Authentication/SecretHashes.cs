using System.Security.Cryptography;
using System.Text;
using Dapper;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>Secrets that this service made or was given and needs only to recognise: high-entropy, so a plain SHA-256 is enough.</summary>
public sealed class SecretHashes(Database database, ServiceSettings settings)
{
    /// <summary>A new secret of 256 bits, with a prefix that names what it is for (so that scanners find a leaked one).</summary>
    public static string Create(string prefix) => prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>SHA-256 in hexadecimal.</summary>
    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>The hash kept under the name, or null.</summary>
    public string? Find(string name) => database.Read(connection => connection.QuerySingleOrDefault<string>(
        "SELECT hash FROM secret_hashes WHERE space_id = @Space AND name = @name", new { Space = settings.Space.Id, name }));

    /// <summary>Keeps the hash under the name, in place of an earlier one.</summary>
    public static void Put(UnitOfWork unit, string name, string hash)
    {
        ArgumentNullException.ThrowIfNull(unit);
        unit.Execute(
            """
            INSERT INTO secret_hashes (space_id, name, hash) VALUES (@Space, @name, @hash)
            ON CONFLICT (space_id, name) DO UPDATE SET hash = excluded.hash
            """,
            new { unit.Space, name, hash });
    }
}
