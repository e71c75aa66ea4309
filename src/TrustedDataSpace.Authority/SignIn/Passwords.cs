using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace TrustedDataSpace.Authority.SignIn;

/// <summary>Hashes and checks passwords by the framework's hasher: PBKDF2 with HMAC-SHA512 and a salt of its own for each.</summary>
internal sealed class Passwords
{
    /// <summary>What OWASP asks of PBKDF2-HMAC-SHA512.</summary>
    public const int UsualIterations = 210_000;

    public const int Shortest = 12;
    public const int Longest = 128;

    private readonly PasswordHasher<AccountRow> hasher;
    private readonly string ofNobody;

    /// <param name="iterations">Fewer only where nothing is to be protected: in tests that sign in hundreds of times.</param>
    public Passwords(int iterations = UsualIterations)
    {
        hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = iterations }));
        ofNobody = Hash(Hosting.Authentication.SecretHashes.Create(""));
    }

    public string Hash(string password) => hasher.HashPassword(null!, password);

    /// <summary>Takes as long for an account that does not exist: how long it takes tells nobody which names there are.</summary>
    public bool Matches(AccountRow? account, string password) =>
        hasher.VerifyHashedPassword(null!, account?.Password ?? ofNobody, password) != PasswordVerificationResult.Failed && account is not null;

    /// <summary>Why a password cannot be chosen; null when it can. Length counts, not its mixture (NIST SP 800-63B §5.1.1.2).</summary>
    public static string? Problem(string name, string password, string repeated, string former) =>
        password.Length is < Shortest or > Longest ? $"The password has {Shortest} to {Longest} characters."
        : password != repeated ? "The two passwords differ."
        : password == former || password.Contains(name, StringComparison.OrdinalIgnoreCase) ? "The password must not be the one-time secret, nor hold your name."
        : password.Distinct().Count() < 5 ? "The password repeats too few characters."
        : null;
}
