namespace TrustedDataSpace.Connector.Metering.Quotas;

/// <summary>Which start of the machine this is: within one, what a process wrote to mapped memory is there for the next process.</summary>
internal static class BootId
{
    private const string Linux = "/proc/sys/kernel/random/boot_id";

    /// <summary>The same for all processes since the machine was started; where the system does not tell, another one for each process.</summary>
    public static string Present { get; } = File.Exists(Linux) ? File.ReadAllText(Linux).Trim() : Guid.NewGuid().ToString();
}
