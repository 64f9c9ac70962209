using System.CommandLine;
using Emend.Cli.Commands;

return await EmendCommand.Build().Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
