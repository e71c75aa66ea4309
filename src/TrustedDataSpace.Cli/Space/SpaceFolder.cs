namespace TrustedDataSpace.Cli.Space;

/// <summary>
/// Where a space on this machine keeps its state: one folder for each service, their master keys beside them, <c>logs</c>, and
/// <c>access.json</c>.
/// </summary>
internal sealed class SpaceFolder(string path)
{
    /// <summary>The folder.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>Addresses and management tokens; mode 0600.</summary>
    public string AccessFile => System.IO.Path.Combine(Path, "access.json");

    /// <summary>The folder of one service.</summary>
    public string Of(string service) => System.IO.Path.Combine(Path, service);

    /// <summary>The log of one service: warnings and worse.</summary>
    public string LogOf(string service) => System.IO.Path.Combine(Path, "logs", service + ".log");

    /// <summary>The folder for a space when none is named: below the user's own application data.</summary>
    public static SpaceFolder Default(string space) => new(System.IO.Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
        "trusted-data-space",
        space));

    /// <summary>A new folder for a demonstration.</summary>
    public static SpaceFolder Temporary() => new(Directory.CreateTempSubdirectory("tds-demo-").FullName);

    /// <summary>Makes the folder, readable for this user only: it holds personal data and tokens.</summary>
    public void Create()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Path);
        }
        else
        {
            Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Keeps other starts away until it is disposed: two processes on one database would undo each other's work.</summary>
    /// <exception cref="CannotStartException">Somebody else has the folder.</exception>
    public IDisposable Lock()
    {
        try
        {
            return new FileStream(Of("lock"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        }
        catch (IOException failure)
        {
            throw new CannotStartException($"{Path} is in use: the space runs already. Stop it first, or name another folder with --data.", failure);
        }
    }

    /// <summary>Removes everything.</summary>
    public void Delete() => Directory.Delete(Path, recursive: true);
}
