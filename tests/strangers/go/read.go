// SPDX-License-Identifier: Apache-2.0

// Reads what reads.py lists (on stdin) with aws-sdk-go-v2, and prints each answer as canonical JSON, a line
// each: the rules are those of ../boto/read.py.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

func client(service, region string) any {
	config := aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(os.Getenv("AWS_ENDPOINT_URL")),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"),
				SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY")}, nil
		}),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}
	switch service {
	case "ec2":
		return ec2.NewFromConfig(config)
	case "iam":
		return iam.NewFromConfig(config)
	case "s3":
		return s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
	case "ssm":
		return ssm.NewFromConfig(config)
	case "sts":
		return sts.NewFromConfig(config)
	}
	panic("no service " + service)
}

// A nil is left out by the caller, and so is what is empty.
func canonical(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		if body, is := v.Interface().(io.Reader); is {
			all, err := io.ReadAll(body)
			if err != nil {
				log.Fatal(err)
			}
			sum := sha256.Sum256(all)
			return hex.EncodeToString(sum[:])
		}
		return canonical(v.Elem())
	case reflect.Struct:
		if at, is := v.Interface().(time.Time); is {
			return at.UTC().Format("2006-01-02T15:04:05Z")
		}
		out := map[string]any{}
		for i := 0; i < v.NumField(); i++ {
			field := v.Type().Field(i)
			if field.IsExported() && field.Name != "ResultMetadata" {
				put(out, field.Name, decoded(field.Name, canonical(v.Field(i))))
			}
		}
		return out
	case reflect.Map:
		out := map[string]any{}
		for _, key := range v.MapKeys() {
			put(out, key.String(), canonical(v.MapIndex(key)))
		}
		return out
	case reflect.Slice:
		out := []any{}
		for i := 0; i < v.Len(); i++ {
			out = append(out, canonical(v.Index(i)))
		}
		return out
	case reflect.String:
		return v.String()
	}
	return v.Interface()
}

// What botocore decodes by itself.
func decoded(name string, value any) any {
	text, is := value.(string)
	if is && strings.HasSuffix(name, "Document") && strings.HasPrefix(text, "%7B") {
		plain, err := url.QueryUnescape(text)
		if err != nil || json.Unmarshal([]byte(plain), &value) != nil {
			log.Fatal("no document: ", text)
		}
	}
	if is && name == "Output" {
		plain, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			log.Fatal(err)
		}
		return string(plain)
	}
	return value
}

func put(out map[string]any, name string, value any) {
	switch v := value.(type) {
	case nil:
		return
	case string:
		if v == "" {
			return
		}
	case []any:
		if len(v) == 0 {
			return
		}
	case map[string]any:
		if len(v) == 0 {
			return
		}
	}
	out[name] = value
}

func ask(c any, operation string, params json.RawMessage) any {
	method := reflect.ValueOf(c).MethodByName(operation)
	input := reflect.New(method.Type().In(1).Elem())
	if err := json.Unmarshal(params, input.Interface()); err != nil {
		log.Fatal(operation, err)
	}
	got := method.Call([]reflect.Value{reflect.ValueOf(context.Background()), input})
	if got[1].IsNil() {
		return canonical(got[0])
	}
	err := got[1].Interface().(error)
	var answer *smithyhttp.ResponseError
	var said smithy.APIError
	if !errors.As(err, &answer) || !errors.As(err, &said) {
		log.Fatal(operation, ": ", err)
	}
	out := map[string]any{"Status": answer.HTTPStatusCode()}
	if !strings.HasPrefix(operation, "Head") {
		put(out, "Code", said.ErrorCode())
		put(out, "Message", said.ErrorMessage())
	}
	return out
}

func ascii(line string) string {
	var out strings.Builder
	for _, c := range line {
		if c < 0x80 {
			out.WriteRune(c)
		} else {
			for _, unit := range utf16Of(c) {
				fmt.Fprintf(&out, "\\u%04x", unit)
			}
		}
	}
	return out.String()
}

func utf16Of(c rune) []rune {
	if c < 0x10000 {
		return []rune{c}
	}
	c -= 0x10000
	return []rune{0xd800 + c>>10, 0xdc00 + c&0x3ff}
}

func main() {
	var reads [][4]json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&reads); err != nil {
		log.Fatal(err)
	}
	clients := map[string]any{}
	for _, read := range reads {
		var service, region, operation string
		for i, word := range []*string{&service, &region, &operation} {
			if err := json.Unmarshal(read[i], word); err != nil {
				log.Fatal(err)
			}
		}
		name := service + " " + region
		if clients[name] == nil {
			clients[name] = client(service, region)
		}
		var params any
		if err := json.Unmarshal(read[3], &params); err != nil {
			log.Fatal(err)
		}
		line := &bytes.Buffer{}
		out := json.NewEncoder(line)
		out.SetEscapeHTML(false)
		err := out.Encode([]any{[]any{service, region, operation, params}, ask(clients[name], operation, read[3])})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(ascii(line.String()))
	}
}
