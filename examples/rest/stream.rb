# Prints an answer as it is written, over REST: ruby examples/rest/stream.rb "Tell me a story."
require "json"
require "net/http"

url = ENV.fetch("POINTSMAN_URL", "http://localhost:4000")
key = ENV["POINTSMAN_API_KEY"]
model = ENV.fetch("POINTSMAN_MODEL", "pointsman/tiny-1m")
question = ARGV.fetch(0, "What is the capital of France?")

uri = URI("#{url}/api/v1/chat/completions")
request = Net::HTTP::Post.new(uri, "Content-Type" => "application/json")
request["Authorization"] = "Bearer #{key}" if key
request.body = JSON.generate(model: model, messages: [{ role: "user", content: question }], stream: true)

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
        # Comments keep the line open; the last line says [DONE].
        next unless line.start_with?("data: ") && line != "data: [DONE]"

        chunk = JSON.parse(line.delete_prefix("data: "))
        abort "\n#{chunk["error"]["message"]}" if chunk["error"]
        $stdout.write(chunk.dig("choices", 0, "delta", "content"))
        $stdout.flush
        puts format("\ncost: %.9f US dollars", chunk["usage"]["cost"]) if chunk["usage"]
      end
    end
  end
rescue SystemCallError => error
  abort error.message
end
