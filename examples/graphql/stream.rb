# Prints an answer as it is written, over server-sent events: ruby examples/graphql/stream.rb "Tell me a story."
require "json"
require "net/http"

url = ENV.fetch("POINTSMAN_URL", "http://localhost:4000")
key = ENV["POINTSMAN_API_KEY"]
model = ENV.fetch("POINTSMAN_MODEL", "pointsman/tiny-1m")
question = ARGV.fetch(0, "What is the capital of France?")

query = File.read("#{__dir__}/stream.graphql")
variables = { input: { model: model, messages: [{ role: "USER", content: question }] } }

uri = URI("#{url}/graphql")
request = Net::HTTP::Post.new(uri, "Content-Type" => "application/json", "Accept" => "text/event-stream")
request["Authorization"] = "Bearer #{key}" if key
request.body = JSON.generate(query: query, variables: variables)

# Gives each line of a body as soon as it is whole.
def each_line_of(response)
  rest = +""
  response.read_body do |piece|
    rest << piece
    while (line = rest.slice!(/.*\n/))
      yield line.chomp
    end
  end
end

begin
  Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == "https") do |http|
    http.request(request) do |response|
      abort "HTTP #{response.code}: #{response.read_body}" unless response.is_a?(Net::HTTPSuccess)

      each_line_of(response) do |line|
        next unless line.start_with?("data: ")

        result = JSON.parse(line.delete_prefix("data: "))
        abort JSON.generate(result["errors"]) if result["errors"]
        event = result["data"]["streamChatCompletion"]
        case event["__typename"]
        when "ContentDelta"
          $stdout.write(event["text"])
          $stdout.flush
        when "CompletionFinished"
          puts "\ncost: #{event["completion"]["cost"]} US dollars"
        when "CompletionFailed"
          abort "\n#{event["error"]["__typename"]}: #{event["error"]["message"]}"
        end
      end
    end
  end
rescue SystemCallError => error
  abort error.message
end
