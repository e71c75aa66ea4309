using TrustedDataSpace.Authority;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Configuration;

return await ServiceHost.RunAsync<AuthoritySettings>(() => [SettingsLoader.Load<AuthoritySettings>(args)], AuthorityHost.Build);
