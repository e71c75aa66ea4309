using System.Security.Cryptography;
using System.Text;
using TrustedDataSpace.Hosting.Configuration;

namespace TrustedDataSpace.Hosting.Keys;

/// <summary>Seals what must not be readable in the database: AES-256-GCM under a key that lives outside the data folder.</summary>
public sealed class MasterKey : IDisposable
{
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly AesGcm cipher;
    private readonly string origin;

    private MasterKey(byte[] key, string origin)
    {
        this.origin = origin;
        cipher = new AesGcm(key, TagBytes);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>Where the key lies when it is in a file: the full path, by default the data folder's with <c>.master-key</c> behind it.</summary>
    internal static string FileOf(ServiceSettings settings) =>
        Path.GetFullPath(settings.Keys.MasterKeyFile ?? Path.TrimEndingDirectorySeparator(Path.GetFullPath(settings.Storage.Folder)) + ".master-key");

    /// <summary>Reads the key; makes one when there is none and nothing is sealed yet.</summary>
    /// <param name="settings">Of the service.</param>
    /// <param name="somethingIsSealed">Whether the database holds cipher text: then a missing key must not be replaced by a new one.</param>
    /// <exception cref="InvalidOperationException">The key is missing, unreadable, of the wrong size, or readable for others.</exception>
    public static MasterKey Open(ServiceSettings settings, bool somethingIsSealed)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Keys.MasterKey is { } given)
        {
            return new MasterKey(Decode(given, "Keys:MasterKey"), "Keys:MasterKey");
        }

        var folder = Path.GetFullPath(settings.Storage.Folder);
        var file = FileOf(settings);
        if (file.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"The master key {file} lies inside the data folder: a stolen copy of the data would open itself. Move it out.");
        }

        if (File.Exists(file))
        {
            return new MasterKey(Decode(PrivateFile.ReadText(file), file), file);
        }

        return somethingIsSealed
            ? throw new InvalidOperationException($"The master key {file} is missing, but the database holds keys sealed under it: restore the file.")
            : new MasterKey(Create(file), file);
    }

    /// <summary>Seals the bytes; <paramref name="context"/> must be the same when they are opened.</summary>
    public string Seal(ReadOnlySpan<byte> clear, string context)
    {
        var box = new byte[NonceBytes + clear.Length + TagBytes];
        var nonce = box.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        cipher.Encrypt(nonce, clear, box.AsSpan(NonceBytes, clear.Length), box.AsSpan(NonceBytes + clear.Length), Encoding.UTF8.GetBytes(context));
        return Convert.ToBase64String(box);
    }

    /// <summary>Opens what <see cref="Seal"/> made.</summary>
    /// <exception cref="InvalidOperationException">Another master key, another context, or altered bytes.</exception>
    public byte[] Open(string box, string context)
    {
        try
        {
            var bytes = Convert.FromBase64String(box).AsSpan();
            var clear = new byte[bytes.Length - NonceBytes - TagBytes];
            cipher.Decrypt(bytes[..NonceBytes], bytes[NonceBytes..^TagBytes], bytes[^TagBytes..], clear, Encoding.UTF8.GetBytes(context));
            return clear;
        }
        catch (Exception failure) when (failure is CryptographicException or FormatException or OverflowException)
        {
            throw new InvalidOperationException($"'{context}' cannot be opened: the master key of {origin} is not the one it was sealed under, or the database was altered. Restore database and master key from backups that belong together.", failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => cipher.Dispose();

    private static byte[] Create(string file)
    {
        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var stream = new FileStream(file, options);
        stream.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(key)));
        stream.Flush(flushToDisk: true);
        return key;
    }

    private static byte[] Decode(string text, string where)
    {
        var key = new byte[KeyBytes];
        return Convert.TryFromBase64String(text.Trim(), key, out var length) && length == KeyBytes
            ? key
            : throw new InvalidOperationException($"{where} does not hold a master key: {KeyBytes} bytes in base64. Restore it from its backup.");
    }
}
